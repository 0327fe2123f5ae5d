import Stages
import Support
import Testing
import Trading

/// What is held is a witness too: an exit that filled unseen is not sold again.
@Suite struct GatewayDoubtTests {
    /// Its absence is proven at 10:05:14, as far as the order book goes.
    private func looked(
        _ purpose: OrderPurpose, net: [InstrumentID: Quantity]?, left: Quantity? = nil, second: Int
    ) -> [Effect] {
        var order =
            purpose == .exit
            ? OrderFixtures.exitOrder(.unknown, of: OrderFixtures.exiting())
            : OrderFixtures.entryOrder(.unknown, of: OrderFixtures.pending())
        order.looks = 9
        order.firstLookAt = .at(10, 5, 4)
        let time = EventTime.at(10, 5) + .seconds(second)
        return Gateway.looked(
            order, book: OrderBook([], net: net),
            rule: AbsenceRule(reads: 3, span: .seconds(10)), left: left,
            origin: OrderOrigin(
                run: "run-2", since: .at(9, 0), wait: .seconds(13), position: "run-2"),
            profile: GatewayProfile(), now: time, wall: time, asked: time)
    }

    @Test(
        "An exit whose units are held no more is called absent a minute later, with an alarm",
        arguments: [
            // what is held of its contract, seconds since its mark; absent, alarmed
            (70, 14, true, false), (105, 14, true, false), (nil, 14, true, false),
            (69, 14, false, false), (0, 14, false, false), (-70, 73, false, false),
            (0, 74, true, true), (69, 74, true, true), (70, 74, true, false),
        ] as [(Int?, Int, Bool, Bool)])
    func exits(held: Int?, second: Int, isAbsent: Bool, isAlarmed: Bool) {
        let net = held.map { [Fixtures.call: Quantity($0), Fixtures.put: Quantity(700)] }
        let effects = looked(.exit, net: net, second: second)
        let ends = effects.compactMap {
            if case .sendUpdate(let update) = $0 { update.status } else { nil }
        }
        #expect(ends == (isAbsent ? [.absent] : []))
        let alarms = effects.compactMap {
            if case .alarm(let alarm) = $0 { alarm.severity } else { nil }
        }
        #expect(alarms == (isAlarmed ? [.critical] : []))
        let pause: Span = isAbsent ? GatewayProfile().pollEvery : .seconds(1)
        #expect(
            effects.contains { effect in
                guard case .scheduleOrder(_, let time?) = effect else { return false }
                return time == EventTime.at(10, 5) + .seconds(second) + pause
            })
    }

    @Test(
        "It counts what is to be sold in all: one slice may have filled, and its twin be absent",
        arguments: [(139, false), (140, true)])
    func slices(held: Int, isAbsent: Bool) {
        let effects = looked(
            .exit, net: [Fixtures.call: Quantity(held)], left: Quantity(140), second: 14)
        #expect(effects.contains { if case .sendUpdate = $0 { true } else { false } } == isAbsent)
    }

    @Test func `a contract that is not named is held no more, and of an entry nothing is`() {
        let exit = looked(.exit, net: [:], second: 14)
        let entry = looked(.entry, net: [:], second: 14)
        func ends(_ effects: [Effect]) -> Bool {
            effects.contains { if case .sendUpdate = $0 { true } else { false } }
        }
        #expect(!ends(exit) && ends(entry))
    }
}
