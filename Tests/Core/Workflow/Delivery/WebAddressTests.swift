import Testing
import Workflow

/// Addresses in their parts, as strictly as secrets need it.
@Suite struct WebAddressTests {
    @Test(arguments: [
        ("https://Crm.Example/in", "crm.example"), ("http://crm.example:8080?x", "crm.example"),
        ("HTTPS://crm.example", "crm.example"), ("https://[2001:DB8::1]:443/", "[2001:db8::1]"),
        ("https://crm.example#@evil", "crm.example"), ("https://crm.example./", "crm.example."),
    ])
    func `a plain address names its host`(_ text: String, _ host: String) {
        #expect(WebAddress(text)?.host == host)
    }

    /// Programs differ about these: what a check takes for the host must be what is connected to.
    @Test(arguments: [
        "https://user@crm.example/", "https://crm.example@evil/", "https://crm.example\\@evil/",
        "https://crm.example\\.evil/", "https://crm%2eexample/", "https://crm.example:80@evil/", "https:///crm.example",
        "https://crm.example:x/", "https://crm.example:/", "https://crm.example :80/", "https://é.example/",
        "https://[::1/", "https://[::1]x/", "ftp://crm.example", "crm.example", "", "https://", "https://:80/",
    ])
    func `what can be read in two ways names none`(_ text: String) {
        #expect(WebAddress(text)?.host == nil)
    }

    @Test(arguments: [
        ("https://u:p@a.example/x?token=1#y", "https://a.example/x?token=1#y", "https://a.example/x"),
        ("http://a.example", "http://a.example", "http://a.example"),
        ("https://u:p@q@a.example?k", "https://a.example?k", "https://a.example"),
        ("https://a.example/p@q?r", "https://a.example/p@q?r", "https://a.example/p@q"),
    ])
    func `users, passwords and queries can be left out`(_ text: String, _ withoutUser: String, _ bare: String) {
        let address = WebAddress(text)
        #expect(address?.withoutUser == withoutUser && address?.bare == bare)
    }
}
