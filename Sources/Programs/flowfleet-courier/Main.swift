import Platform

/// Settings → clients → service → run.
@main
struct Main {
    static func main() {
        let settings = Settings.loadOrExit(.courier)
        CourierProcess(settings, StopSignal.fromSignals()).run()
    }
}
