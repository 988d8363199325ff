import Foundation
import Testing

@testable import Postgres

/// A whole server that stops and comes back. It takes seconds to make one, so this is one test.
@Suite(.enabled(if: PrivatePostgres.isThere, PrivatePostgres.reason), .timeLimit(.minutes(2)))
struct PostgresRestartTests {
    @Test func `through stops of every kind, what outcomes say is true and the next session works`() throws {
        let server = try PrivatePostgres()
        let connection = PostgresConnection(server.settings)
        try connection.connect()
        try connection.execute("CREATE TABLE kept (id int8 PRIMARY KEY)")
        let insert = PostgresStatement("insert", [.int8], sql: "INSERT INTO kept VALUES ($1)")
        for (id, mode) in ["fast", "immediate", "fast", "immediate"].enumerated() {
            connection.begin()
            connection.add(insert, [.int8(id)])
            connection.add(sleepStatement, [.float8(id < 2 ? 0 : 30)])
            connection.send()
            if id < 2 { connection.handle?.wait(writing: false, Deadline(after: .seconds(5))) }
            try server.stop(mode)
            let outcome = connection.finish(within: .seconds(10))
            #expect(!connection.isUsable || id < 2)
            let error = #expect(throws: PostgresError.self) { try connection.connect() }
            #expect(error?.isConnection == true)
            try server.start()
            try connection.connect()
            let isKept = try connection.execute("SELECT FROM kept WHERE id = \(id)")[0].count == 1
            if outcome.results != nil { #expect(isKept) }
            if outcome.refusal != nil { #expect(!isKept) }
            #expect(isKept == (id < 2), "\(mode): \(outcome)")
        }
    }
}

/// A cluster of one test in a folder of its own, run as a user that is not root.
final class PrivatePostgres {
    let settings: PostgresSettings
    private let folder: URL
    private let port: Int
    private var isRunning = false

    private static let programs: String? = {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        return versions.map { "/usr/lib/postgresql/\($0)/bin" }.first {
            FileManager.default.isExecutableFile(atPath: $0 + "/initdb")
        }
    }()
    static var isThere: Bool { programs != nil && (geteuid() != 0 || getpwnam("postgres") != nil) }
    static let reason: Comment = "initdb, or a user to run it as, is not here"

    init() throws {
        port = try Sockets.freePort()
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("postgres-test-\(port)-\(getpid())")
        settings = PostgresSettings(url: "postgresql://postgres@127.0.0.1:\(port)/postgres")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if geteuid() == 0, let user = getpwnam("postgres") {
            chown(folder.path, user.pointee.pw_uid, user.pointee.pw_gid)
        }
        try run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")
        try start()
    }

    deinit {
        try? stop("immediate")
        try? FileManager.default.removeItem(at: folder)
    }

    func start() throws {
        let options = "-p \(port) -c listen_addresses=127.0.0.1 -c unix_socket_directories=\(folder.path)"
        try run("pg_ctl", "-D", data, "-w", "-l", folder.path + "/log", "-o", options, "start")
        isRunning = true
    }

    func stop(_ mode: String) throws {
        guard isRunning else { return }
        isRunning = false
        try run("pg_ctl", "-D", data, "-w", "-m", mode, "stop")
    }

    private var data: String { folder.path + "/data" }

    private func run(_ program: String, _ arguments: String...) throws {
        let command = [try #require(Self.programs) + "/" + program] + arguments
        let words = (geteuid() == 0 ? ["/usr/sbin/runuser", "-u", "postgres", "--"] : []) + command
        // Not Foundation's Process: it waits until the server, a grandchild, has ended as well.
        var pid = pid_t()
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        for file in [STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&files, file, "/dev/null", O_WRONLY, 0)
        }
        var texts = words.map { strdup($0) } + [nil]
        defer { for text in texts { free(text) } }
        try #require(posix_spawn(&pid, words[0], &files, nil, &texts, environ) == 0, "\(program) did not start")
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
        try #require(status == 0, "\(program) failed")
    }
}
