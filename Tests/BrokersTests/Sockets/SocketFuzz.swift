import Brokers
import Trading

/// Frames that were good, and have been changed at random; whatever is still believed must be
/// something that the pipeline can read.
enum SocketFuzz {
    private static let now = EventTime(milliseconds: 1_765_771_368_948)

    /// - Returns: what was believed and should not have been, at most one of each case.
    static func feed(seed: UInt64, cases: Int) -> [String] {
        var chance = SplitMix64(seed: seed)
        return (0..<cases).compactMap { index in
            let bytes = mutated(feedFrame(&chance), &chance)
            return problem(in: FeedFrame(bytes) { _ in Price(paise: 5) }, of: bytes).map {
                "seed \(seed), case \(index): \($0): \(bytes)"
            }
        }
    }

    static func orders(seed: UInt64, cases: Int) -> [String] {
        var chance = SplitMix64(seed: seed)
        return (0..<cases).compactMap { index in
            let bytes = mutated(orderFrame(&chance), &chance)
            return problem(in: OrderFrame(bytes)).map {
                "seed \(seed), case \(index): \($0): \(String(decoding: bytes, as: UTF8.self))"
            }
        }
    }

    private static func mutated(_ frame: [UInt8], _ chance: inout SplitMix64) -> [UInt8] {
        var bytes = frame
        for _ in 0..<Int.random(in: 0...4, using: &chance) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &chance)
            switch Int.random(in: 0..<6, using: &chance) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &chance)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &chance)
            case 2: bytes.removeSubrange(place...)
            case 3: bytes.insert(UInt8.random(in: 0...255, using: &chance), at: place)
            case 4: bytes.remove(at: place)
            default: bytes += bytes[place...].prefix(200)
            }
        }
        return bytes
    }
}

extension SocketFuzz {
    private static func feedFrame(_ chance: inout SplitMix64) -> [UInt8] {
        (0..<Int.random(in: 1...3, using: &chance)).flatMap { _ -> [UInt8] in
            let bits =
                Int.random(in: 0..<4, using: &chance) == 0
                ? UInt32.random(in: 0 ... .max, using: &chance)
                : Float(Int.random(in: 0..<10_000_000, using: &chance)).bitPattern
            let ltp = Float(bitPattern: bits)
            let time = UInt32.random(in: 0 ... .max, using: &chance)
            switch Int.random(in: 0..<5, using: &chance) {
            case 0: return PacketBytes.ticker(ltp, at: time)
            case 1: return PacketBytes.quote(ltp, at: time)
            case 2: return PacketBytes.full(ltp, at: time)
            case 3: return PacketBytes.packet(5, PacketBytes.word(time))
            default:
                let length = Int.random(in: 0..<200, using: &chance)
                return (0..<length).map { _ in UInt8.random(in: 0...255, using: &chance) }
            }
        }
    }

    private static func problem(in frame: FeedFrame, of bytes: [UInt8]) -> String? {
        if frame.packets.count * 8 > bytes.count { return "more packets than bytes" }
        if frame.packets.isEmpty, frame.refusals.isEmpty, !bytes.isEmpty { return "silence" }
        var book = FeedBook()
        for packet in frame.packets {
            if case .price(_, let update) = packet {
                let prices =
                    [update.ltp, update.open, update.high, update.low, update.close]
                    + update.depth.flatMap { [$0.bid, $0.ask] }
                guard
                    prices.allSatisfy({ $0.map { $0.paise > 0 && $0.paise % 5 == 0 } ?? true })
                        || packet.isIndex
                else { return "a price between two steps" }
            }
            guard let tick = book.take(packet, at: now) else { continue }
            // What is written must be readable by everybody, and say the same.
            guard let read = try? Tick(tick.fields, at: now), read == tick else {
                return "unreadable \(tick)"
            }
        }
        return nil
    }

    private static func orderFrame(_ chance: inout SplitMix64) -> [UInt8] {
        let words = ["Pending", "Traded", "PART_TRADED", "Cancelled", "", "x y", "Dummy"]
        let numbers = [
            "0", "35", "\"35\"", "35.0", "-1", "1e3", "524.299987", "\"\"", "null", "1e99",
        ]
        func any(_ texts: [String]) -> String { texts.randomElement(using: &chance) ?? "" }
        let alert = """
            {"Data":{"orderNo":"\(UInt32.random(in: 0...9, using: &chance))","status":"\(any(words))",\
            "exchange":"NSE","segment":"D","securityId":\(any(numbers)),"tradedQty":\(any(numbers)),\
            "quantity":\(any(numbers)),"avgTradedPrice":\(any(numbers)),"txnType":"\(any(["B", "S", ""]))",\
            "correlationId":"251215-7k2m9qwzx-x\(UInt8.random(in: 0...9, using: &chance))-1",\
            "reasonDescription":"\\u00e9\\n\(any(words))"},"Type":"order_alert"}
            """
        return Array((any(["", "[", " "]) + alert + any(["", alert, "]", "\n{}"])).utf8)
    }

    private static func problem(in frame: OrderFrame) -> String? {
        for alert in frame.alerts {
            let event = alert.event(of: "alpha", at: now)
            if let filled = event.filled, filled < .zero { return "less than nothing filled" }
            if let price = event.averagePrice, price.paise <= 0 { return "a price of nothing" }
            if event.status.isEmpty || event.number == nil { return "an alert of nothing" }
            if let order = event.order, CorrelationID(text: order.text) != order {
                return "a name that nobody can read"
            }
            guard let read = try? BrokerEvent(event.fields), read == event else {
                return "unreadable \(event)"
            }
            // Events wait in lists, line by line.
            guard Fields(lines: event.fields.lines) == event.fields else { return "torn \(event)" }
        }
        return nil
    }
}

extension FeedPacket {
    fileprivate var isIndex: Bool {
        if case .price(let id, _) = self { id.segment == .index } else { false }
    }
}
