import Platform

/// Settings → clients → service → run.
@main
struct Main {
    static func main() {
        let settings = Settings.loadOrExit(.drainer)
        DrainerProcess(settings, StopSignal.fromSignals()).run()
    }
}
