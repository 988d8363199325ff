import Testing

@testable import Platform

@Suite struct SettingsTests {
    private func settings(
        _ environment: [String: String], _ table: SettingsTable = .orchestrator, files: [String: String] = [:]
    ) throws -> Settings {
        try Settings(table, environment: environment) { files[$0] }
    }

    private func problems(
        _ environment: [String: String], _ table: SettingsTable = .orchestrator, files: [String: String] = [:]
    ) -> [SettingProblem] {
        do throws(SettingsProblems) {
            _ = try Settings(table, environment: environment) { files[$0] }
            return []
        } catch {
            return error.all
        }
    }

    @Test func `without an environment every setting has the default of the contract`() throws {
        let settings = try settings([:])
        #expect(settings[ConnectionSettings.kafkaServers] == ["localhost:9092"])
        #expect(settings[ConnectionSettings.consumerGroup] == "orchestrator-service")
        #expect(settings[ConnectionSettings.sessionTimeout] == .seconds(10))
        #expect(settings[ConnectionSettings.redisKeyTTL] == .seconds(3600))
        #expect(settings[ConnectionSettings.instanceID] == nil)
        #expect(settings[ConnectionSettings.topicReplication] == nil)
        #expect(settings[ConnectionSettings.logLevel] == .info)
        #expect(settings[OrchestratorSettings.retryDelays] == [.seconds(10), .seconds(30), .seconds(90)])
        #expect(settings[OrchestratorSettings.autoOffsetReset] == .earliest)
        #expect(settings[OrchestratorSettings.permanentPatterns].first == "validation")
        #expect(settings[OrchestratorSettings.metricsPort] == 9090)
        #expect(settings.warnings == [])
        #expect(settings.secrets == [])
    }

    @Test(arguments: [SettingsTable.orchestrator, .executor, .commandLine])
    func `every default is allowed, every name is declared once, every sentence is one`(table: SettingsTable) {
        let names = table.settings.map(\.name)
        #expect(Set(names).count == names.count)
        for setting in table.settings {
            #expect(setting.defaultText.flatMap(setting.problem) == nil, "\(setting.name)")
            #expect(setting.sentence.hasSuffix("."), "\(setting.name)")
        }
    }

    @Test func `all wrong settings are told at once, with what is allowed`() {
        let found = problems([
            "ORCHESTRATOR_KAFKA_SESSION_TIMEOUT": "soon", "ORCHESTRATOR_METRICS_PORT": "99999",
            "ORCHESTRATOR_LOG_LEVEL": "LOUD", "ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS": "kafka",
            "ORCHESTRATOR_REDIS_URL": "http://redis", "ORCHESTRATOR_METRICS_ENABLED": "maybe",
        ])
        #expect(found.count == 6)
        let text = SettingsProblems(all: found).text
        #expect(text.contains("ORCHESTRATOR_METRICS_PORT: \"99999\" is out of range"))
        #expect(text.contains("a whole number from 0 to 65535"))
        #expect(text.contains("DEBUG, INFO, WARNING, ERROR"))
    }

    @Test func `the value of a wrong secret is not shown`() {
        let found = problems(["ORCHESTRATOR_DATABASE_URL": "mysql://u:hunter22@h/d"])
        #expect(found.map(\.name) == ["ORCHESTRATOR_DATABASE_URL"])
        #expect(!SettingsProblems(all: found).text.contains("hunter22"))
    }

    @Test func `a secret may come from a file, but not twice, and the file must be there`() throws {
        let name = "ORCHESTRATOR_REDIS_URL"
        let files = ["/run/redis": " redis://:pa55word@r:1\n"]
        let settings = try settings([name + "_FILE": "/run/redis"], files: files)
        #expect(settings[ConnectionSettings.redisURL] == "redis://:pa55word@r:1")
        #expect(settings.secrets.contains("pa55word"))
        #expect(problems([name: "redis://r", name + "_FILE": "/run/redis"], files: files).map(\.name) == [name])
        #expect(problems([name + "_FILE": "/nowhere"]).first?.problem.contains("/nowhere") == true)
    }

    @Test func `an empty value means not given, but an empty list of delays means none`() throws {
        let settings = try settings(["ORCHESTRATOR_LANES": "", "ORCHESTRATOR_RETRY_DELAYS": ""])
        #expect(settings[ConnectionSettings.lanes] == 4)
        #expect(settings[OrchestratorSettings.retryDelays] == [])
    }

    @Test(
        arguments: [
            ("a:1,b:2", ["a:1", "b:2"]), (" a:1 , b:2 ", ["a:1", "b:2"]), (#"["a:1", "b:2"]"#, ["a:1", "b:2"]),
            ("[::1]:9092", nil), ("a", nil), ("a:0", nil), (",", nil), (#"["a:1","#, nil), (#"["a:1" "b:2"]"#, nil),
        ] as [(String, [String]?)])
    func `servers come with commas or as a JSON array`(text: String, expected: [String]?) {
        let found = try? settings(["ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS": text])[ConnectionSettings.kafkaServers]
        #expect(found == expected)
    }

    @Test func `options are pairs, and a comma within a value has a backslash`() throws {
        let text = #"security.protocol=SASL_SSL, sasl.password=a\,b=c"#
        let settings = try settings(["ORCHESTRATOR_KAFKA_OPTIONS": text])
        let options = settings[ConnectionSettings.kafkaOptions]
        #expect(options == [NamedValue("security.protocol", "SASL_SSL"), NamedValue("sasl.password", "a,b=c")])
        #expect(settings.secrets.contains("a,b=c"))
        #expect(!settings.secrets.contains("SASL_SSL"))
    }

    @Test(
        arguments: [("0.5", Duration.milliseconds(500)), ("2", .seconds(2)), ("0x10", nil), ("inf", nil), ("-1", nil)]
            as [(String, Duration?)])
    func `seconds may have fractions`(text: String, expected: Duration?) {
        let found = try? settings(["EXECUTOR_SHUTDOWN_GRACE": text], .executor)[ExecutorSettings.shutdownGrace]
        #expect(found == expected)
    }

    @Test func `an unknown name is told with the nearest known one, and names of other programs are fine`() throws {
        let settings = try settings([
            "ORCHESTRATOR_KAFKA_CONSUMERGROUP": "x", "EXECUTOR_SLOTS": "nonsense",
            "ORCHESTRATOR_SERVICE_HOST": "10.0.0.1",
            "ORCHESTRATOR_DATABASE_URL_FILE": "", "HOME": "/",
        ])
        #expect(
            settings.warnings == [
                "ORCHESTRATOR_KAFKA_CONSUMERGROUP is no setting; did you mean ORCHESTRATOR_KAFKA_CONSUMER_GROUP?"
            ])
    }

    @Test func `a password in a URL is a secret as written and as meant, unless it is just the user's name`() {
        #expect(SecretParts.parts(of: "postgresql://me:p%40ss1@h/d").contains("p@ss1"))
        #expect(SecretParts.parts(of: "postgresql://h/d?user=me&password=s3cret").contains("s3cret"))
        #expect(SecretParts.parts(of: "postgresql://postgres:postgres@h/d") == ["postgresql://postgres:postgres@h/d"])
    }

    @Test func `help names every setting with its default`() {
        let help = SettingsTable.executor.helpText
        for setting in SettingsTable.executor.settings { #expect(help.contains("  \(setting.name)")) }
        #expect(help.contains("default: localhost:9092"))
    }

    @Test func `whoever opens a port of metrics can be told on which address`() {
        for table in SettingsTable.all {
            let names = table.settings.map(\.name)
            let (port, address) = ("ORCHESTRATOR_METRICS_ENABLED", "ORCHESTRATOR_METRICS_ADDRESS")
            #expect(!names.contains(port) || names.contains(address), "\(table.program)")
        }
    }

    @Test func `the environment of this process is read without Foundation`() {
        #expect(Settings.processEnvironment()["PATH"]?.isEmpty == false)
    }
}
