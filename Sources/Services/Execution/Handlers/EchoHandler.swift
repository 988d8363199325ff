/// `echo`: its inputs are its output.
struct EchoHandler: Handler {
    func answer(_ input: HandlerInput) -> HandlerAnswer {
        .now(.succeeded(input.inputs))
    }
}
