import Orchestration
import Platform
import Stores
import Workflow

extension OrchestratorConfiguration {
    init(_ settings: Settings) {
        let flow = FlowSettings(settings)
        self.init(flow: flow, patterns: flow.patterns)
        announcements = AnnouncementLevel(rawValue: settings[OrchestratorSettings.runEvents].rawValue) ?? .runs
        cacheBytes = settings[OrchestratorSettings.cacheBytes]
        retryDepthLimit = settings[OrchestratorSettings.retryDepthLimit]
        topicPrefix = settings[ConnectionSettings.topicPrefix]
        lossPatience = settings[OrchestratorSettings.lossPatience].nanoseconds / 1_000
        disputeTime = settings[ConnectionSettings.sessionTimeout].nanoseconds / 1_000
    }
}
