import Trading

extension Engine {
    mutating func foundElsewhere(_ call: Call, _ client: ClientID, now: EventTime) -> Reply? {
        nil
    }

    mutating func changeElsewhere(_ call: Call, _ client: ClientID, now: EventTime) -> Reply? {
        nil
    }
}
