#pragma once
#include <postgresql/libpq-fe.h>

/* Character constants do not reach Swift. */
static const int pg_field_severity = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int pg_field_sqlstate = PG_DIAG_SQLSTATE;
static const int pg_field_message = PG_DIAG_MESSAGE_PRIMARY;
static const int pg_field_detail = PG_DIAG_MESSAGE_DETAIL;
static const int pg_field_constraint = PG_DIAG_CONSTRAINT_NAME;
