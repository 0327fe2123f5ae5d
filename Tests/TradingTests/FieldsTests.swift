import Testing
import Trading

@Suite struct FieldsTests {
    @Test(arguments: [
        "plain", "a=b", "=", "", " ", "\u{20e9} begins with a combining mark", "नमस्ते", "\u{200d}",
    ])
    func `lines bring back every value:`(value: String) {
        let fields: Fields = ["reason": value, "at": "7"]
        #expect(Fields(lines: fields.lines) == fields)
    }
}
