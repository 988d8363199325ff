/// Every command of the program, in the order of the reference page.
enum CommandTable {
    static let all: [Command] = [
        .flowApply,
        .flowValidate,
        .flowGet,
        .flowList,
        .runStart,
        .runExecute,
        .runGet,
        .runList,
        .runTasks,
        .runResult,
        .runWatch,
        .runWait,
        .runCancel,
        .runPause,
        .runResume,
        .adminMigrate,
        .adminTopics,
        .adminAdopt,
        .devBroker,
        .help,
    ]
}
