import JSON
import Testing
import Workflow

/// Finding the tokens in a request's delivery.
@Suite struct DeliveryTokensTests {
    private func masked(_ json: String) -> String {
        String(decoding: DeliveryTokens.replaced(in: Array(json.utf8)[...]) { _ in Array("***".utf8) }, as: UTF8.self)
    }

    @Test(arguments: [
        (#"[{"channel":"discord.interaction","token":"abc"}]"#, #"[{"channel":"discord.interaction","token":"***"}]"#),
        (#"[{"channel":"misspelt","\u0074oken":"a\u0062c"},7]"#, #"[{"channel":"misspelt","token":"***"},7]"#),
        (#"{"token":"abc"}"#, #"{"token":"***"}"#), (#"[{"x":[{"token":"abc"}]}]"#, #"[{"x":[{"token":"***"}]}]"#),
        (#"[{"token":"a","token":"b"}]"#, #"[{"token":"***","token":"***"}]"#),
        (#"[{"token":7,"n":1.50,"é\n":null}]"#, #"[{"token":7,"n":1.50,"é\n":null}]"#),
    ])
    func `a token is found wherever it stands, and nothing else is changed`(_ json: String, _ expected: String) {
        #expect(masked(json) == expected)
    }

    @Test(arguments: [#"[{"channel":"webhook","url":"https://a"}]"#, "[]", "7", #"[ {"a" : 1} ]"#])
    func `without one it stays byte for byte`(_ json: String) {
        #expect(masked(json) == json && !DeliveryTokens.mayStand(in: Array(json.utf8)[...]))
    }
}
