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
        let levels = (0..<5).flatMap { index in
            word(UInt32(100 + index)) + word(UInt32(200 + index)) + short(3) + short(4)
                + price(ltp - Float(index + 1)) + price(ltp + Float(index + 1))
        }
        return packet(
            8, trade(ltp, at: time) + word(12_345) + word(13_000) + word(12_000) + day + levels,
            id: id)
    }

    /// Last price, last quantity, its time, the average, volume, total sell and buy.
    private static func trade(_ ltp: Float, at time: UInt32) -> [UInt8] {
        price(ltp) + short(70) + word(time) + price(ltp + 0.5) + word(900_000) + word(4_000)
            + word(5_000)
    }

    /// Open, close, high and low.
    private static let day = price(520) + price(510.5) + price(540) + price(500)
}
