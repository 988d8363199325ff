import Platform

/// Settings → clients → service → run.
@main
struct Main {
    static func main() {
        let settings = Settings.loadOrExit(.gateway)
        GatewayProcess(settings, StopSignal.fromSignals()).run()
    }
}
