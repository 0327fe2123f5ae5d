import ArgumentParser
import Brokers
import Support
import Testing
import Trading

@testable import squareoff

/// Accounts on a clock of their own: two seconds pass between two looks.
private final class Scene {
    /// By account and seconds.
    typealias Shown = (AccountID, Int) -> FlatWatch.Sight?

    private let shown: Shown
    private let endings: [AccountID: FlatWatch.Ending]
    private(set) var seconds = 0
    private(set) var said: [String] = []
    /// Who was flat, and when.
    private(set) var ended: [String] = []

    init(endings: [AccountID: FlatWatch.Ending] = [:], _ shown: @escaping Shown) {
        self.endings = endings
        self.shown = shown
    }

    func watch(otherwise: String = "; the kill switch stays off") -> FlatWatch {
        FlatWatch(
            look: { accounts in
                accounts.reduce(into: [:]) { $0[$1] = self.shown($1, self.seconds) }
            },
            end: { accounts in
                self.ended += accounts.map { "\($0) after \(self.seconds) s" }
                return self.endings
            },
            otherwise: otherwise,
            waited: { .seconds(self.seconds) },
            pause: { self.seconds += 2 },
            say: { self.said.append($0) })
    }
}

@Suite("Flat at the broker, account beside account")
struct FlatWatchTests {
    private static let stuck = "35 NSE_FNO:51460"

    @Test func `one that is never flat keeps no other from its kill switch`() {
        let scene = Scene(endings: ["bravo": .done("off")]) { account, _ in
            account == "alpha" ? .left(Self.stuck) : .flat
        }
        #expect(throws: ExitCode.failure) { try scene.watch().run(["alpha", "bravo"]) }
        #expect(scene.ended == ["bravo after 2 s"])
        #expect(
            scene.said == [
                "alpha: not flat: \(Self.stuck)", "bravo: off",
                "alpha: still not flat after 5 min: \(Self.stuck); the kill switch stays off",
            ])
        #expect(scene.seconds == 300)
    }

    @Test func `patience begins for all at once, and each is ended when it is flat`() throws {
        let flatFrom: [AccountID: Int] = ["alpha": 290, "bravo": 100, "charlie": 0]
        let endings = flatFrom.mapValues { _ in FlatWatch.Ending.done("off") }
        let scene = Scene(endings: endings) { account, seconds in
            seconds >= flatFrom[account] ?? 0 ? .flat : .left(Self.stuck)
        }
        try scene.watch().run(["alpha", "bravo", "charlie"])
        #expect(scene.ended == ["charlie after 2 s", "bravo after 102 s", "alpha after 292 s"])
    }

    @Test func `not verified flat: account, contract and units are named, and it fails`() {
        let books = BrokerBooks(orders: [], net: [Fixtures.call: Quantity(35)])
        let symbols = [Fixtures.call: "BANKNIFTY-2025-12-30-59500.00-CE"]
        let endings = FlattenCommand.verified(["alpha", "bravo"])
        let scene = Scene(endings: endings) { account, _ in
            FlatWatch.Sight(account == "alpha" ? FlattenPlan.left(books, symbols) : nil)
        }
        #expect(throws: ExitCode.failure) {
            try scene.watch(otherwise: "").run(["alpha", "bravo"])
        }
        #expect(
            scene.said.suffix(2) == [
                "bravo: flat at the broker",
                "alpha: still not flat after 5 min: 35 BANKNIFTY-2025-12-30-59500.00-CE",
            ])
    }

    @Test func `all flat is success`() throws {
        let scene = Scene(endings: FlattenCommand.verified(["alpha"])) { _, _ in .flat }
        try scene.watch().run(["alpha"])
        #expect(scene.said == ["alpha: flat at the broker"])
        #expect(scene.seconds == 2)
    }

    @Test func `nobody is flat without a look, and nothing is done without a word of it`() {
        let unseen = Scene { _, _ in nil }
        #expect(throws: ExitCode.failure) { try unseen.watch().run(["alpha"]) }
        #expect(unseen.ended == [])
        let untold = Scene { _, _ in .flat }
        #expect(throws: ExitCode.failure) { try untold.watch().run(["alpha"]) }
        #expect(untold.said == ["alpha: flat; nobody knows what became of it"])
    }

    @Test func `a switch that fails is one account's failure`() {
        let scene = Scene(endings: ["alpha": .failed("no answer"), "bravo": .done("off")]) { _, _ in
            .flat
        }
        #expect(throws: ExitCode.failure) { try scene.watch().run(["alpha", "bravo"]) }
        #expect(scene.said == ["alpha: no answer", "bravo: off"])
    }

    @Test func `a kill switch of which nobody knows is not on`() {
        typealias Answer = Result<Void, DhanError>
        #expect(
            KillSwitches.ending(Answer.success(()))
                == .done("flat, and switched off at the broker for today"))
        #expect(
            KillSwitches.ending(Answer.failure(.unknown("it did not move")))
                == .failed("flat; kill switch: it did not move"))
        #expect(
            KillSwitches.ending(nil)
                == .failed("flat; kill switch: no answer, look at web.dhan.co"))
    }

    @Test(
        "What follows from looks two seconds apart",
        arguments: [
            // first look at, what they show; the last verdict
            (0, [nil], .again(news: nil)),  // one look may be a moment old
            (0, [nil, nil], .flat),
            (0, [nil, "x", nil], .again(news: nil)),  // two in a row
            (0, ["x"], .again(news: "x")),
            (0, ["x", "x"], .again(news: nil)),  // told once
            (0, ["x", "y"], .again(news: "y")),
            (0, ["x", nil, "x"], .again(news: "x")),
            (298, ["x", "x"], .overdue("x")),
            (298, [nil, nil], .flat),
            (300, [nil], .again(news: nil)),  // looked at once more
            (300, [nil, "x"], .overdue("x")),
        ] as [(Int, [String?], FlatWait.Verdict)]
    )
    func looks(first: Int, shown: [String?], verdict: FlatWait.Verdict) {
        var wait = FlatWait("alpha")
        let verdicts = shown.enumerated().map { index, left in
            wait.see(FlatWatch.Sight(left), after: .seconds(first + 2 * index))
        }
        #expect(verdicts.last == verdict)
    }

    @Test func `who does not answer keeps nobody's answer`() {
        let answers: [AccountID: Int] = Awaited.each(["alpha", "bravo", "charlie"], 50) {
            if $0 != "bravo" { $1($0.text.count) }
        }
        #expect(answers == ["alpha": 5, "charlie": 7])
        let none: [AccountID: Int] = Awaited.each([]) { _, _ in }
        #expect(none.isEmpty)
    }

    @Test func `a look at the broker needs its accounts' configuration`() {
        for flag in ["--verify", "--kill-switch"] {
            #expect(throws: (any Error).self) {
                try FlattenCommand.parse(["--reason", "x", flag])
            }
        }
    }
}
