import Platform

/// Settings → clients → service → run.
@main
struct Main {
    static func main() {
        let settings = Settings.loadOrExit(.executor)
        ExecutorProcess(settings, StopSignal.fromSignals()).run()
    }
}
