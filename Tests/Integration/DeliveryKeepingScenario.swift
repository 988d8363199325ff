import Foundation
import TestSupport
import Testing

/// What couriers clear away, and what receivers and resolvers do to them, over real processes.
extension Scenarios {
    @Suite struct DeliveryKeeping {
        @Test func `a courier warns, removes and clears its directory by itself, and never in one breath`() throws {
            try Fleet.with("cleanup", orchestrators: 1, executors: 1) { fleet in
                let folder = fleet.folder.appendingPathComponent("orphans").path
                var settings = try Webhooks.settings(fleet)
                settings["COURIER_ORPHAN_DIR"] = folder
                let first = try fleet.startCourier(settings: settings)
                try fleet.produce(["r1", "r2"].map { Webhooks.request($0, [["channel": "inbox"]]) })
                try fleet.wait(for: "select count(*) from results", atLeast: 2)
                let isThere = Waiting.until(10) { FileManager.default.fileExists(atPath: folder + "/r1.json") }
                #expect(isThere)
                first.terminate()
                fleet.forget(first)
                try fleet.execute("update results set expires_at = now() - interval '1 hour' where run_id = 'r1'")
                try Self.age(folder + "/r1.json", folder + "/r2.json")
                let second = try fleet.startCourier(settings: settings)
                try fleet.wait(for: "select count(*) from audit_log where action = 'result_expires'", atLeast: 1)
                #expect(fleet.number("select count(*) from results") == 2)
                second.terminate()
                fleet.forget(second)
                try fleet.execute("update results set warned_at = now() - interval '7 hours' where run_id = 'r1'")
                try fleet.startCourier(settings: settings)
                let isGone = Waiting.until(20) { !FileManager.default.fileExists(atPath: folder + "/r1.json") }
                #expect(isGone && FileManager.default.fileExists(atPath: folder + "/r2.json"))
                #expect(try fleet.texts("select run_id from results") == ["r2"])
                #expect(fleet.number("select count(*) from deliveries where state = 'expired' and event is null") == 1)
            }
        }

        private static func age(_ paths: String...) throws {
            for path in paths {
                let time = Date(timeIntervalSinceNow: -7_200)
                try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: path)
            }
        }

        @Test func `a receiver that hangs holds up no other, and has its results when it wakes`() throws {
            let (silent, other) = (try Receiver { _ in .hang }, try Receiver())
            try Fleet.with("hangs", orchestrators: 1, executors: 1) { fleet in
                try fleet.startCourier(settings: Webhooks.settings(fleet, delays: "0,0.5,0.5,0.5"))
                try fleet.produce((0..<20).map { Webhooks.request("h\($0)", [Webhooks.channel(silent)]) })
                let isAsked = Waiting.until(30) { silent.requests.count >= 16 }
                try fleet.produce((0..<5).map { Webhooks.request("o\($0)", [Webhooks.channel(other)]) })
                try fleet.wait(
                    for: "select count(*) from deliveries where state = 'delivered'", atLeast: 5, seconds: 12)
                #expect(isAsked && other.requests.count == 5)
                silent.behave { _ in .status(200) }
                try fleet.wait(
                    for: "select count(*) from deliveries where state = 'delivered'", atLeast: 25, seconds: 60)
                Webhooks.expectStableIDs(silent)
                let odd = try fleet.texts("select distinct error from delivery_attempts where outcome = 'failed'")
                #expect(odd == ["no answer in time"])
            }
        }

        /// The name's first answer is a public address, where nobody listens; every later one is this machine. Whoever
        /// judges a name once and looks it up again to connect would be led here. Looking up takes a while, so that
        /// several do it side by side, each for itself.
        @Test func `a name whose answers change leads to no address of our own`() throws {
            let receiver = try Receiver()
            try Fleet.with("rebinding", orchestrators: 1, executors: 1) { fleet in
                var settings = try Webhooks.settings(fleet, delays: "0,0.2,0.2")
                settings["COURIER_ALLOW_PRIVATE"] = "false"
                settings["LD_PRELOAD"] = try Self.resolver(in: fleet.folder)
                try fleet.startCourier(settings: settings)
                let port = receiver.url.split(separator: ":").last?.prefix { $0.isNumber } ?? ""
                let url = JSONTree.string("http://changing.test:\(port)/hook")
                try fleet.produce((0..<6).map { Webhooks.request("r\($0)", [["channel": "webhook", "url": url]]) })
                try fleet.wait(for: "select count(*) from deliveries where state = 'orphaned'", atLeast: 6)
                let outcomes = try fleet.texts("select distinct outcome from delivery_attempts order by 1")
                #expect(outcomes == ["failed", "refused"] && receiver.requests.isEmpty, "\(outcomes)")
            }
        }

        /// A resolver with answers of our own, put before the system's; nothing leaves this machine.
        private static func resolver(in folder: URL) throws -> String {
            let source = folder.appendingPathComponent("names.c")
            let library = folder.appendingPathComponent("names.so")
            try Data(names.utf8).write(to: source)
            try Command.succeed("cc", ["-shared", "-fPIC", "-o", library.path, source.path, "-ldl"])
            return library.path
        }

        private static let names = """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <errno.h>
            #include <netdb.h>
            #include <netinet/in.h>
            #include <string.h>
            #include <unistd.h>
            static int asked;
            int getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **found) {
                int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
                    dlsym(RTLD_NEXT, "getaddrinfo");
                if (!name || strcmp(name, "changing.test")) return real(name, port, hints, found);
                usleep(400000);
                int first = __sync_fetch_and_add(&asked, 1) == 0;
                return real(first ? "9.9.9.9" : "127.0.0.1", port, hints, found);
            }
            int connect(int descriptor, const struct sockaddr *address, socklen_t length) {
                int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
                const struct sockaddr_in *to = (const struct sockaddr_in *)address;
                if (address->sa_family == AF_INET && ntohl(to->sin_addr.s_addr) == 0x09090909) {
                    errno = ECONNREFUSED;
                    return -1;
                }
                return real(descriptor, address, length);
            }
            """
    }
}
