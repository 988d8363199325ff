/// What one seed sets up: sizes, and how often what goes wrong.
struct SimPlan {
    var lanes: Int
    var taskPartitions: Int
    var orchestrators: Int
    var executors: Int
    /// Of them, how many were written by somebody else.
    var foreignExecutors: Int
    var slots: Int
    var runs: Int
    var events: Int
    var cacheBytes: Int
    var killPermille: Int
    var pausePermille: Int
    var storeFailurePermille: Int
    var unknownPermille: Int
    var sendFailurePermille: Int
    /// Most processes that die in one seed.
    var deaths: Int
    var hasPoison: Bool
    /// Some tasks end the process that runs them.
    var hasCrash: Bool
    var hasGarbage: Bool
    var hasCommands: Bool
    var hasCopies: Bool
    /// Executors that leave the attempt out.
    var hasSmallestForm: Bool
    /// A record that ends whoever reads it.
    var hasKiller: Bool
    var hasFallback: Bool
    var hasGap: Bool
    var retryWorkers: Int
    /// Foreign executors commit what they took before they answer it.
    var commitsEarly: Bool
    /// Foreign executors hold tasks, give them back, and forget them.
    var holdsTasks: Bool
    /// Kafka loses the newest records of a topic although it acknowledged them.
    var losesRecords: Bool
    /// Somebody deletes a result topic and makes it anew.
    var recreatesTopics: Bool
    /// Memory is dropped at any moment.
    var forgetsRuns: Bool
    var replaysInputs: Bool
    /// Processes that drain dead letters and run campaigns.
    var drainers = 0
    /// Retries are held back while their handler fails.
    var hasBreakers = false
    /// Old commands come again.
    var repeatsCommands = false
    /// Runs are tried again from one of their stages.
    var hasStageRetries = false

    /// Something is lost that only a look finds. A clock of Postgres that jumps by more than a task's time limit may
    /// hide a run from looks, so clocks keep their pace then.
    var needsLooks: Bool { commitsEarly || holdsTasks || losesRecords || recreatesTopics }

    init(_ dice: inout Dice) {
        lanes = dice.pick([1, 2, 2, 3])
        taskPartitions = dice.from(1...3)
        orchestrators = dice.pick([1, 2, 2, 3])
        executors = dice.from(1...2)
        foreignExecutors = dice.pick([0, 0, 1])
        slots = dice.pick([1, 2, 8])
        runs = dice.from(2...5)
        events = dice.pick([150, 250, 400])
        cacheBytes = dice.pick([0, 3_000, 1 << 20, 1 << 20])
        killPermille = dice.pick([0, 2, 4, 8])
        pausePermille = dice.pick([0, 0, 2, 4])
        storeFailurePermille = dice.pick([0, 5, 20])
        unknownPermille = dice.pick([0, 30, 120])
        sendFailurePermille = dice.pick([0, 50, 200])
        deaths = dice.from(0...8)
        hasPoison = dice.chance(200)
        hasCrash = dice.chance(80)
        hasGarbage = dice.chance(400)
        hasCommands = dice.chance(500)
        hasCopies = dice.chance(700)
        hasSmallestForm = dice.chance(150)
        hasKiller = dice.chance(60)
        hasFallback = dice.chance(80)
        hasGap = dice.chance(50)
        retryWorkers = dice.from(1...2)
        commitsEarly = dice.chance(200)
        holdsTasks = dice.chance(350)
        losesRecords = dice.chance(200)
        recreatesTopics = dice.chance(60)
        forgetsRuns = dice.chance(300)
        replaysInputs = dice.chance(250)
        // A record's dead letter is named by its place; in a topic made anew two records would have the same.
        // Nothing helps against a task that ends executors which keep no count.
        if hasCrash { foreignExecutors = 0 }
        if recreatesTopics { (hasGarbage, hasKiller) = (false, false) }
    }
    /// What came later has dice of its own, so that seeds without it play as they did before.
    mutating func drawMore(_ dice: inout Dice) {
        drainers = dice.pick([0, 0, 0, 1, 2])
        hasBreakers = dice.chance(400)
        repeatsCommands = dice.chance(400)
        hasStageRetries = dice.chance(400)
    }
}
