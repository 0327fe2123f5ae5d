/// Packets as a broker would send them, field by field.
enum PacketBytes {
    static func header(_ code: UInt8, length: Int, segment: UInt8 = 2, id: UInt32 = 51_460)
        -> [UInt8]
    {
        [code] + short(length) + [segment] + word(id)
    }

    static func packet(
        _ code: UInt8, _ body: [UInt8], segment: UInt8 = 2, id: UInt32 = 51_460
    ) -> [UInt8] {
        header(code, length: 8 + body.count, segment: segment, id: id) + body
    }

    static func short(_ value: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
    }
    static func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> ($0 * 8) & 0xff) } }
    static func price(_ value: Float) -> [UInt8] { word(value.bitPattern) }

    static func ticker(
        _ ltp: Float, at time: UInt32 = 0, segment: UInt8 = 2, id: UInt32 = 51_460
    ) -> [UInt8] {
        packet(2, price(ltp) + word(time), segment: segment, id: id)
    }

    static func quote(_ ltp: Float, at time: UInt32) -> [UInt8] {
        packet(4, trade(ltp, at: time) + day)
    }

    static func full(_ ltp: Float, at time: UInt32, id: UInt32 = 51_460) -> [UInt8] {
        let levels = (0..<5).flatMap { level(UInt32($0), around: ltp) }
        let interest = word(12_345) + word(13_000) + word(12_000)
        return packet(8, trade(ltp, at: time) + interest + day + levels, id: id)
    }

    private static func level(_ index: UInt32, around ltp: Float) -> [UInt8] {
        let (bid, ask) = (ltp - Float(index + 1), ltp + Float(index + 1))
        let counts = word(100 + index) + word(200 + index) + short(3) + short(4)
        return counts + price(bid) + price(ask)
    }

    /// Last price, last quantity, its time, the average, volume, total sell and buy.
    private static func trade(_ ltp: Float, at time: UInt32) -> [UInt8] {
        let head = price(ltp) + short(70) + word(time) + price(ltp + 0.5)
        return head + word(900_000) + word(4_000) + word(5_000)
    }

    /// Open, close, high and low.
    private static let day = ([520, 510.5, 540, 500] as [Float]).flatMap(price)
}
