import Platform
import Workflow

extension FlowSettings { init(_ s: Settings) { self.init() } }
