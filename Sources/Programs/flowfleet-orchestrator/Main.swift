import Platform

/// Settings → clients → service → run.
@main
struct Main {
    static func main() {
        let settings = Settings.loadOrExit(.orchestrator)
        OrchestratorProcess(settings, StopSignal.fromSignals()).run()
    }
}
