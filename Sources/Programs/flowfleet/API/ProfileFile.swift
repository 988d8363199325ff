import Glibc
import Platform

/// The file of the profiles. One that holds a key is nobody's but its owner's: it is written so, and not read
/// otherwise.
struct ProfileFile {
    let path: String

    init(_ environment: [String: String], _ settings: Settings) {
        if let named = settings[ClientSettings.profiles] {
            path = named
        } else {
            let home = environment["HOME"] ?? "/"
            let base = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? home + "/.config"
            path = base + "/flowfleet/profiles.json"
        }
    }

    /// No profiles where there is no file.
    func read() throws(CommandFailure) -> Profiles {
        var status = stat()
        guard stat(path, &status) == 0 else { return Profiles() }
        guard let text = Settings.readFile(path), let profiles = Profiles(text) else {
            throw CommandFailure(.badSettings, "\(path) is no file of profiles", advice: "mend it, or remove it")
        }
        guard !profiles.holdsKey || status.st_mode & 0o077 == 0 else {
            throw CommandFailure(
                .badSettings, "\(path) holds a key and others may read it", advice: "chmod 600 \(path)")
        }
        return profiles
    }

    /// Whole or not at all.
    func write(_ profiles: Profiles) throws(CommandFailure) {
        try makeFolders()
        let new = path + ".new"
        unlink(new)
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw refusal(new) }
        let bytes = Array(profiles.text.utf8)
        let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        guard written == bytes.count, rename(new, path) == 0 else { throw refusal(path) }
    }

    private func makeFolders() throws(CommandFailure) {
        var folder = path.first == "/" ? "/" : ""
        for part in path.split(separator: "/").dropLast() {
            folder += part
            guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw refusal(folder) }
            folder += "/"
        }
    }

    private func refusal(_ path: String) -> CommandFailure {
        CommandFailure(.failed, "\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
}
