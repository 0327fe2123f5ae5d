import Foundation
import Testing
import Trading

@testable import squareoff

@Suite("Tables and times")
struct SheetTests {
    @Test("columns are aligned, numbers to the right, nothing as a dash") func table() {
        var sheet = Sheet([.left("who"), .right("net"), .left("why")], nothing: "nobody")
        #expect(sheet.text == "nobody")
        sheet.add(["alpha", "-1250.00", nil], [:])
        sheet.add(["b", "3.05", "two\nlines"], [:])
        sheet.notes = ["a note"]
        #expect(
            sheet.text == """
                who         net  why
                alpha  -1250.00  -
                b          3.05  two lines
                a note
                """)
    }

    @Test(
        "any text is one JSON string",
        arguments: ["", "a \"b\" \\ c", "line\nline\ttab\r", "\u{1}\u{1f}", "₹ 5 µs 🙂"])
    func json(text: String) throws {
        var sheet = Sheet([.left("a")], nothing: "")
        sheet.add([nil], ["a": text])
        let rows = try JSONSerialization.jsonObject(with: Data(sheet.json.utf8))
        #expect(rows as? [[String: String]] == [["a": text]])
    }

    @Test(
        "times are India's, to the millisecond",
        arguments: [
            (TimeOfDay(9, 15), 0, "09:15:00.000"), (TimeOfDay(15, 29, 59), 7, "15:29:59.007"),
            (TimeOfDay(0, 0), 999, "00:00:00.999"),
        ])
    func time(of time: TimeOfDay, ms: Int, shown: String) {
        let at = EventTime(Day(2025, 12, 15), time) + .milliseconds(ms)
        #expect(at.shown == shown)
    }

    @Test(
        "how a due time lies to now",
        arguments: [
            (1_200, "in 1.2 s"), (-400, "overdue 0.4 s"), (0, "overdue 0.0 s"),
            (119_999, "in 119.9 s"), (300_000, "in 5 min"), (-7_200_000, "overdue 2 h"),
        ])
    func due(milliseconds: Int, shown: String) {
        let now = EventTime(Day(2025, 12, 15), TimeOfDay(10, 0))
        #expect((now + .milliseconds(milliseconds)).due(at: now) == shown)
    }

    @Test(
        "a letter's id",
        arguments: ["0/1765773000020-0", "bus/1-2", "t3/5-0"])
    func letter(text: String) { #expect(LetterID(text: text)?.text == text) }

    @Test("no letter's id", arguments: ["", "0", "1765773000020-0", "x/1-0", "0/1", "0/1-0/2"])
    func noLetter(text: String) { #expect(LetterID(text: text) == nil) }
}
