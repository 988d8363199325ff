#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

/// Typed form of rd_kafka_produceva: copies key and value, and takes the headers over only when it succeeds.
/// A null key or value pointer means a null key or value; `token` comes back in the delivery report.
static inline rd_kafka_resp_err_t flowfleet_kafka_produce(
    rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition,
    const void *key, size_t key_size, const void *value, size_t value_size,
    rd_kafka_headers_t *headers, void *token)
{
    rd_kafka_vu_t parts[7];
    parts[0].vtype = RD_KAFKA_VTYPE_RKT;
    parts[0].u.rkt = topic;
    parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    parts[1].u.i32 = partition;
    parts[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[2].u.i = RD_KAFKA_MSG_F_COPY;
    parts[3].vtype = RD_KAFKA_VTYPE_KEY;
    parts[3].u.mem.ptr = (void *)key;
    parts[3].u.mem.size = key_size;
    parts[4].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[4].u.mem.ptr = (void *)value;
    parts[4].u.mem.size = value_size;
    parts[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
    parts[5].u.ptr = token;
    parts[6].vtype = RD_KAFKA_VTYPE_HEADERS;
    parts[6].u.headers = headers;
    rd_kafka_error_t *error = rd_kafka_produceva(client, parts, headers ? 7 : 6);
    if (!error) return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return code;
}
