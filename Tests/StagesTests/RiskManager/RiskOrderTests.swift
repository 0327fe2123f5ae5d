import Stages
import Support
import Testing
import Trading

@Suite("Risk manager: order and properties")
struct RiskOrderTests {
    @Test func `the rules stand in the order of the design`() {
        let order: [ExitReason] = [
            .flatten, .sessionEnd, .dailyLoss, .stopLoss, .trailingStop, .takeProfit,
            .peakDrawdown, .profitFloor, .timeStop, .staleFeed,
        ]
        #expect(RiskRules.inOrder.map(\.reason) == order)
    }

    /// A losing position on which every rule that can hit a loss does, at 15:15.
    @Test(
        "First hit wins on the way down",
        arguments: [
            // rules switched off so far, the one that then hits
            (0, .flatten), (1, .sessionEnd), (2, .dailyLoss), (3, .stopLoss), (4, .trailingStop),
            (5, .peakDrawdown), (6, .profitFloor), (7, .timeStop), (8, nil),
        ] as [(Int, ExitReason?)]
    )
    func precedenceOfLosses(off: Int, reason: ExitReason?) {
        var look = Look()
        look.position.watch.peak = "200.00"
        look.position.watch.stop = "90.00"
        look.account.flattenReason = "now"
        look.account.realised = .rupees(-20_000)
        let switches: [(inout Look) -> Void] = [
            { $0.account.flattenReason = nil },
            { $0.profile.sessionEnd = TimeOfDay(15, 20) },
            { $0.profile.dailyLoss = nil },
            { $0.profile.stopLoss = nil },
            {
                $0.position.watch.stop = nil
                $0.profile.trailingTiers = []
                $0.profile.breakevenAt = nil
            },
            { $0.profile.peakDrawdown = nil },
            { $0.profile.profitFloorFrom = nil },
            { $0.profile.timeStopLosing = nil },
        ]
        for turnOff in switches.prefix(off) { turnOff(&look) }
        #expect(look.effects(ltp: "60.00", at: .at(15, 15)).reason == reason)
    }

    @Test func `a profit that hits both is taken before it counts as given back`() {
        var look = Look()
        look.position.watch.peak = "170.00"
        #expect(look.effects(ltp: "165.00").reason == .takeProfit)
        look.profile.takeProfit = nil
        #expect(look.effects(ltp: "165.00").reason == .peakDrawdown)
    }

    @Test func `time outranks a stale feed`() {
        #expect(Look().effects(clock: .at(10, 45)).reason == .timeStop)
        #expect(Look().effects(clock: .at(10, 44)).reason == .staleFeed)
    }

    @Test("Stop and peak never fall", arguments: 0..<32 as Range<UInt64>)
    func marksOnlyRise(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var look = Look()
        look.profile.stopLoss = nil
        for step in 1...500 {
            if step % 50 == 0 {
                // A later fill moves the entry price.
                look.position.entry.quantity += Quantity(35)
                look.position.entry.value += Money(
                    paise: 35 * .random(in: 80_00...130_00, using: &random))
            }
            let ltp = Price(paise: .random(in: 60_00...260_00, using: &random))
            let effects = look.effects(ltp: ltp, at: Fixtures.openedAt + .milliseconds(step))
            guard let watch = effects.watch else { continue }
            let old = look.position.watch
            #expect(old.stop.map { $0 <= watch.stop ?? "0.00" } ?? true)
            #expect(old.peak.map { $0 <= watch.peak ?? "0.00" } ?? true)
            #expect(watch.ltp == ltp)
            look.position.watch = watch
        }
        #expect(look.position.watch.stop != nil)
    }

    @Test("Two replays ask for the same exits", arguments: 0..<32 as Range<UInt64>)
    func replays(seed: UInt64) {
        #expect(replay(seed: seed, repeated: false) == replay(seed: seed, repeated: false))
        // Entries of `positions` and ticks of the fill's millisecond may come at any place.
        #expect(replay(seed: seed, repeated: false) == replay(seed: seed, repeated: true))
    }

    private func replay(seed: UInt64, repeated: Bool) -> [ExitRequest] {
        var random = SplitMix64(seed: seed)
        var look = Look()
        var ltp = 100_00
        var exits: [ExitRequest] = []
        for step in 0..<2_000 where look.position.exitOrder == nil {
            let time = Fixtures.openedAt + .milliseconds(step * 250)
            ltp = max(5, ltp + 5 * .random(in: -40...40, using: &random))
            var effects = look.effects(ltp: Price(paise: ltp), at: time)
            if step % 4 == 0 { effects += look.effects(clock: time) }
            if repeated { effects += look.effects(on: .changed, now: time) }
            for effect in effects {
                if case .watch(_, let watch) = effect { look.position.watch = watch }
                if case .requestExit(_, let order, _) = effect, look.position.exitOrder == nil {
                    look.position.exitOrder = order
                }
            }
            exits += effects.exits.prefix(1)
        }
        return exits
    }

    @Test("The share of a loss is exact", arguments: 0..<64 as Range<UInt64>)
    func percentOfEntry(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var look = Look(profile: Fixtures.quietRisk())
        look.profile.stopLoss = .percent(30)
        for _ in 0..<200 {
            let entry = Int.random(in: 1_00...900_00, using: &random)
            let ltp = Int.random(in: 5...entry, using: &random)
            look.position = Fixtures.position(entry: Price(paise: entry))
            let stopped = look.effects(ltp: Price(paise: ltp)).reason == .stopLoss
            #expect(stopped == (ltp * 10 <= entry * 7), "entry \(entry), ltp \(ltp)")
        }
    }
}
