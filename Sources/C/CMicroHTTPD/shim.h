#pragma once
#include <microhttpd.h>
#include <string.h>

// Typed stands-ins for calls with variable arguments, which Swift cannot make.

struct flowfleet_httpd_limits {
    unsigned int threads, connections, connections_per_address, timeout_seconds;
    size_t memory_per_connection;
};

// Paths and parameters stay percent-encoded: %2F in an id is not a separator.
static inline size_t flowfleet_httpd_keep_escapes(void *context, struct MHD_Connection *connection, char *text) {
    (void) context;
    (void) connection;
    return strlen(text);
}

// address: what to listen on, an IPv4 or IPv6 address with its port.
static inline struct MHD_Daemon *flowfleet_httpd_start(
    const struct sockaddr *address, int is_ipv6, struct flowfleet_httpd_limits limits,
    MHD_AccessHandlerCallback handler, void *context, MHD_RequestCompletedCallback completed,
    MHD_NotifyConnectionCallback connected) {
    unsigned int flags = MHD_USE_AUTO_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (is_ipv6 ? MHD_USE_IPv6 : 0);
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t) limits.connections, NULL},
        {MHD_OPTION_PER_IP_CONNECTION_LIMIT, (intptr_t) limits.connections_per_address, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t) limits.timeout_seconds, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t) limits.memory_per_connection, NULL},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t) &flowfleet_httpd_keep_escapes, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {limits.threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (intptr_t) limits.threads, NULL},
        {MHD_OPTION_END, 0, NULL}};
    return MHD_start_daemon(
        flags, 0, NULL, NULL, handler, context, MHD_OPTION_SOCK_ADDR, address, MHD_OPTION_NOTIFY_COMPLETED, completed,
        context, MHD_OPTION_NOTIFY_CONNECTION, connected, context, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

// -1 when it is not known.
static inline int flowfleet_httpd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        connection ? MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD) : NULL;
    return info ? info->connect_fd : -1;
}

// 0 when it is not known.
static inline uint16_t flowfleet_httpd_port(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}
