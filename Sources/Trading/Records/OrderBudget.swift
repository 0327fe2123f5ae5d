/// How many orders an account has sent in the current second, minute, hour and day:
/// `budget:<account>`. The broker counts them too, and refuses what is over.
package struct OrderBudget: Record {
    package enum Window: String, Sendable, CaseIterable {
        case second, minute, hour, day

        package var length: Span {
            switch self {
            case .second: .seconds(1)
            case .minute: .minutes(1)
            case .hour: .minutes(60)
            case .day: .minutes(24 * 60)
            }
        }
    }

    package var rev = 0
    /// Window → the number of the window, counted from the epoch, and the orders sent in it.
    package var sent: [Window: (number: Int, count: Int)] = [:]

    package init() {}

    package init(_ fields: Fields) throws(FieldError) {
        guard !fields.isEmpty else { return }
        rev = try fields.get(.rev)
        for window in Window.allCases {
            guard let text = fields[window.rawValue] else { continue }
            let parts = text.split(separator: "/").compactMap { Int(text: String($0)) }
            guard parts.count == 2 else { continue }
            sent[window] = (parts[0], parts[1])
        }
    }

    package var fields: Fields {
        var fields = Fields()
        for window in Window.allCases {
            guard let (number, count) = sent[window] else { continue }
            fields[window.rawValue] = "\(number)/\(count)"
        }
        fields.put(.rev, rev)
        return fields
    }

    /// When the next order may go: nil for now, else the end of the fullest window.
    package func earliest(
        _ profile: GatewayProfile, purpose: OrderPurpose, now: EventTime
    ) -> EventTime? {
        Window.allCases.compactMap { window in
            let number = now.milliseconds / window.length.milliseconds
            let limit = profile.limit(of: window, for: purpose)
            guard let used = sent[window], used.number == number, used.count >= limit else {
                return nil
            }
            return EventTime(milliseconds: (number + 1) * window.length.milliseconds)
        }.max()
    }

    /// Counts one order.
    package mutating func take(at now: EventTime) {
        for window in Window.allCases {
            let number = now.milliseconds / window.length.milliseconds
            let used = sent[window].flatMap { $0.number == number ? $0.count : nil } ?? 0
            sent[window] = (number, used + 1)
        }
    }

    package static func == (left: OrderBudget, right: OrderBudget) -> Bool {
        left.fields == right.fields
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(fields) }
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
