public import Platform
public import Workflow

extension FlowSettings {
    /// The defaults that every program that judges flows gets from the same settings.
    public init(_ settings: Settings) {
        self.init()
    }
}
