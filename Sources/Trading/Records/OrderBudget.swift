/// How many orders an account has sent lately: `budget:<account>`. The broker counts them too, and
/// refuses what is over.
///
/// The broker's windows roll, so that full counts of one second and the next would be twice what it
/// allows. Orders are therefore counted in slots much shorter than a window, and a window covers
/// every slot that it touches: at no instant does it hold more than its limit. The day alone is a
/// calendar day, which begins when nobody trades.
package struct OrderBudget: Record {
    package enum Window: String, Sendable, CaseIterable {
        case second, minute, hour, day

        /// A tenth more than a second: what is sent a second apart may arrive closer together.
        var length: Span {
            switch self {
            case .second: .milliseconds(1_100)
            case .minute: .minutes(1)
            case .hour: .minutes(60)
            case .day: .days(1)
            }
        }

        var slot: Span {
            switch self {
            case .second: .milliseconds(50)
            case .minute: .seconds(2)
            case .hour: .minutes(2)
            case .day: .days(1)
            }
        }
    }

    /// Orders of one slot, by its number since the epoch; a day's number is India's.
    package struct Slot: Sendable, Hashable {
        package var number: Int
        package var count: Int

        package init(number: Int, count: Int) {
            self.number = number
            self.count = count
        }
    }

    package var rev = 0
    /// Ascending, those that a window may still touch.
    package var sent: [Window: [Slot]] = [:]

    package init() {}

    /// When the next order may go: nil for now, else when the fullest window has room.
    package func earliest(
        _ profile: GatewayProfile, purpose: OrderPurpose, now: EventTime
    ) -> EventTime? {
        Window.allCases.compactMap { window in
            let limit = profile.limit(of: window, for: purpose)
            let slots = counted(window, at: now)
            var count = slots.reduce(0) { $0 + $1.count }
            guard count >= limit else { return nil }
            // The oldest leave first, until there is room for one.
            for slot in slots {
                count -= slot.count
                if count < limit { return window.isLeft(by: slot.number) }
            }
            // A limit of none at all: asked again when all of it has gone by.
            return now + window.length
        }.max()
    }

    /// Counts one order.
    package mutating func take(at now: EventTime) {
        for window in Window.allCases {
            let number = window.slot(at: now)
            var slots = counted(window, at: now)
            if let place = slots.firstIndex(where: { $0.number == number }) {
                slots[place].count += 1
            } else {
                let place = slots.firstIndex { $0.number > number } ?? slots.endIndex
                slots.insert(Slot(number: number, count: 1), at: place)
            }
            sent[window] = slots
        }
    }

    /// Without one order that was counted then and was not sent.
    package func givingBack(from time: EventTime) -> OrderBudget {
        var budget = self
        for window in Window.allCases {
            let number = window.slot(at: time)
            // Slots that have left their window are not kept.
            guard let place = sent[window]?.firstIndex(where: { $0.number == number }) else {
                continue
            }
            budget.sent[window]?[place].count -= 1
            budget.sent[window]?.removeAll { $0.count <= 0 }
        }
        return budget
    }

    /// The slots that the window ending now touches. What lies further ahead than a window is of
    /// another clock: a replay's, or one that was set back.
    private func counted(_ window: Window, at now: EventTime) -> [Slot] {
        let ahead = window == .day ? now : now + window.length
        return (sent[window] ?? []).filter {
            window.isLeft(by: $0.number) > now && $0.number <= window.slot(at: ahead)
        }
    }
}

extension OrderBudget.Window {
    fileprivate func slot(at time: EventTime) -> Int {
        self == .day ? time.day.number : time.milliseconds / slot.milliseconds
    }

    /// From when on the window holds nothing of this slot.
    fileprivate func isLeft(by number: Int) -> EventTime {
        if self == .day { return EventTime(Day(number: number) + 1, TimeOfDay(0, 0)) }
        return EventTime(milliseconds: (number + 1) * slot.milliseconds) + length
    }
}

extension OrderBudget {
    package init(_ fields: Fields) throws(FieldError) {
        guard !fields.isEmpty else { return }
        rev = try fields.get(.rev)
        for window in Window.allCases {
            guard let text = fields[window.rawValue] else { continue }
            let slots = text.split(separator: " ").compactMap { Slot(text: String($0)) }
            sent[window] = slots.sorted { $0.number < $1.number }
        }
    }

    package var fields: Fields {
        var fields = Fields()
        for window in Window.allCases {
            guard let slots = sent[window], !slots.isEmpty else { continue }
            fields[window.rawValue] = slots.map(\.text).joined(separator: " ")
        }
        fields.put(.rev, rev)
        return fields
    }
}

extension OrderBudget.Slot {
    /// `35305920000/3`
    fileprivate init?(text: String) {
        let parts = text.split(separator: "/").compactMap { Int(text: String($0)) }
        // Bounds that no product or sum of them leaves.
        guard parts.count == 2, (0...Readable.time.upperBound / 50).contains(parts[0]),
            (0...1_000_000_000).contains(parts[1])
        else { return nil }
        self.init(number: parts[0], count: parts[1])
    }

    fileprivate var text: String { "\(number)/\(count)" }
}

extension GatewayProfile {
    /// Entries leave the reserve alone; exits and cancels may use it all.
    package func limit(of window: OrderBudget.Window, for purpose: OrderPurpose) -> Int {
        let whole =
            switch window {
            case .second: perSecond
            case .minute: perMinute
            case .hour: perHour
            case .day: perDay
            }
        guard purpose == .entry else { return whole }
        return whole - whole * exitReserve.basisPoints / 10_000
    }
}
