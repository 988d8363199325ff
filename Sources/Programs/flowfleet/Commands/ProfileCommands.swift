import Platform

/// `profile …`: gateways by name.
extension Command {
    static let profileList = Command(
        "profile list", "list the gateways that have a name",
        discussion: """
            Kept in flowfleet/profiles.json below ~/.config (or where FLOWFLEET_PROFILES says). Keys are not shown.
            """,
        columns: [.profiles], examples: ["flowfleet profile list"]
    ) { call throws(CommandFailure) in
        let (printer, file) = (try call.printer(.profiles), try call.profileFile)
        let profiles = try file.read()
        let records = profiles.all.map { profile in
            var record = OutputRecord()
            record.add("name", .text(profile.name))
            record.add("url", .text(profile.url))
            record.add("key", .text(profile.key != nil ? "in the file" : profile.keyFile ?? "none"))
            record.add("current", .bool(profile.name == profiles.current))
            return record
        }
        printer.list(records, empty: "no profiles: make one with flowfleet profile set NAME --url URL")
        return .ok
    }

    static let profileSet = Command(
        "profile set", "give a gateway a name, or change it",
        discussion: """
            With --key @FILE or --key - the key is copied into the file of the profiles, which then is readable by its
            owner only; with --key-file it stays where it is. The first profile is used from then on.
            """,
        operands: [Operand("NAME", "the profile's name")],
        flags: [
            Flag("url", "URL", "where the gateway answers, such as https://flows.example.org"),
            Flag("key", "@FILE", "the key for it: @FILE, or - for standard input"),
            Flag("key-file", "PATH", "a file that holds the key whenever it is needed"),
        ],
        examples: [
            "flowfleet profile set prod --url https://flows.example.org --key-file ~/.keys/flowfleet",
            "flowfleet admin keys create --scope admin -o json | jq -r .key | flowfleet profile set here --key -",
        ]
    ) { call throws(CommandFailure) in
        let (file, name) = (try call.profileFile, call.operand(0))
        var profiles = try file.read()
        var profile = profiles.named(name) ?? Profiles.Profile(name: name, url: APIPlace.defaultURL)
        if let url = call.values.text("url") {
            guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
                throw .usage("--url begins with http:// or https://, not \(url)")
            }
            profile.url = url
        }
        if let source = call.values.text("key") {
            guard source == "-" || source.hasPrefix("@") else {
                throw .usage("--key is @FILE or -: what stands on a command line others can see")
            }
            (profile.key, profile.keyFile) = (try Payload.word(source), nil)
        }
        if let path = call.values.text("key-file") { (profile.key, profile.keyFile) = (nil, path) }
        profiles.put(profile)
        if profiles.current == nil { profiles.current = name }
        try file.write(profiles)
        call.console.note("\(name) is \(profile.url)" + (profiles.current == name ? ", and in use" : ""))
        return .ok
    }

    static let profileUse = Command(
        "profile use", "ask this gateway from now on",
        operands: [Operand("NAME", "the profile's name")], examples: ["flowfleet profile use prod"]
    ) { call throws(CommandFailure) in
        let (file, name) = (try call.profileFile, call.operand(0))
        var profiles = try file.read()
        guard let profile = profiles.named(name) else { throw .noProfile(name, file.path) }
        profiles.current = name
        try file.write(profiles)
        call.console.note("\(name) is in use: \(profile.url)")
        return .ok
    }
}

extension Invocation {
    var profileFile: ProfileFile {
        get throws(CommandFailure) { ProfileFile(environment, try clientSettings) }
    }
}
