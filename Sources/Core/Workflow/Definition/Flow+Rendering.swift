public import JSON

/// What templates give in a run.
extension Flow {
    /// Writes a task's inputs: its template, or `{"input":…,"upstream":{ID:output}}` of its dependencies.
    /// After an error the writer holds a part of them and is of no further use.
    public func renderInputs(
        task: Int, _ scope: some TemplateScope, to writer: inout JSONWriter
    ) throws(TemplateError) {
        if let template = tasks[task].inputs {
            try template.render(in: scope, to: &writer)
        } else {
            writer.beginObject()
            writer.member("input", raw: scope.input.bytes)
            writer.key("upstream")
            try write(outputsOf: tasks[task].dependsOn, scope, to: &writer)
            writer.endObject()
        }
    }

    /// Writes the run's output: its template, or `{ID:output}` of the tasks nothing depends on; null for those without.
    /// After an error the writer holds a part of it and is of no further use.
    public func renderOutput(_ scope: some TemplateScope, to writer: inout JSONWriter) throws(TemplateError) {
        if let output {
            try output.render(in: scope, to: &writer)
        } else {
            try write(outputsOf: sinks, scope, to: &writer)
        }
    }

    /// The requirements of a task that lead nowhere or to null, as written.
    public func missingRequirements(task: Int, _ scope: some TemplateScope) -> [String] {
        tasks[task].requires.compactMap { requirement in
            let found = scope.output(of: requirement.task)?.following(requirement.path)
            return found?.isNull ?? true ? requirement.text : nil
        }
    }

    private func write(
        outputsOf places: [Int], _ scope: some TemplateScope, to writer: inout JSONWriter
    ) throws(TemplateError) {
        let start = writer.bytes.count
        writer.beginObject()
        for place in places {
            guard writer.bytes.count - start <= Limits.payloadBytes else { throw .tooLarge }
            writer.key(bytes: tasks[place].id.bytes)
            if let output = scope.output(of: place) { writer.raw(output.bytes) } else { writer.null() }
        }
        writer.endObject()
    }
}
