import Platform

/// Settings → clients → service → run.
@main
struct Main {
    static func main() {
        let settings = Settings.loadOrExit(.retryWorker)
        RetryWorkerProcess(settings, StopSignal.fromSignals()).run()
    }
}
