import MessageBus
import Testing
import Trading

@testable import squareoff

/// A soak that could not fail would prove nothing.
@Suite("Soak: what its judge sees") struct SoakFindingsTests {
    private func delivery(_ number: Int) -> Delivery {
        Delivery(
            stream: Keys.positions(0), id: EntryID(number, 0),
            fields: SoakMessage(number: number, sentAt: SoakClock.now()).fields)
    }

    @Test func `a number that is missing, one that comes twice, and one that is none`() {
        let findings = SoakFindings(capacity: 5)
        for number in [1, 2, 4, 2, 5] { findings.note(delivery(number)) }
        findings.note(Delivery(stream: Keys.positions(0), id: EntryID(9, 0), fields: ["a": "b"]))
        findings.note(delivery(6))
        #expect(findings.missing(through: 5) == [3])
        #expect(findings.verdict.doubled == [2])
        #expect(findings.verdict.unreadable == 2)
        #expect(findings.arrived == 4)
    }

    @Test func `a count tells one lost and one doubled, also when both happen`() {
        var counted = SoakCount()
        for number in [1, 2, 2, 4] { counted.add(number) }
        #expect(counted.count == SoakCount(through: 4).count)
        #expect(counted != SoakCount(through: 4))
        #expect(SoakCount(counted.fields) == counted)
    }

    @Test(
        "Each finding makes the report unclean",
        arguments: [
            { $0.missing = [1] }, { $0.doubled = [1] }, { $0.unreadable = 1 },
            { $0.miscounted = ["tally"] }, { $0.pending = 1 }, { $0.deadLetters = 1 },
            { $0.arrived = 9 },
        ] as [@Sendable (inout SoakReport) -> Void]
    )
    func unclean(_ spoil: @Sendable (inout SoakReport) -> Void) {
        var report = SoakReport()
        report.sent = 10
        report.arrived = 10
        #expect(report.isClean)
        spoil(&report)
        #expect(!report.isClean)
    }
}
