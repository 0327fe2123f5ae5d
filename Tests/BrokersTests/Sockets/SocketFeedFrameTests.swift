import Foundation
import Testing
import Trading

@testable import Brokers

@Suite struct `Market packets` {
    private static let option = InstrumentID(.nseDerivatives, "51460")
    private static let fivePaise = Price(paise: 5)

    private func read(_ bytes: [UInt8]) -> FeedFrame { FeedFrame(bytes) { _ in Self.fivePaise } }

    @Test(arguments: [
        // (what, bytes, what it is)
        ("a heartbeat", PacketBytes.header(0, length: 8, segment: 0, id: 0), FeedPacket.heartbeat),
        ("the market's status", PacketBytes.header(7, length: 8), .marketStatus),
        (
            "a ticker", PacketBytes.ticker(524.3, at: 1_748_620_725),
            .price(
                option,
                FeedUpdate(
                    ltp: Price(paise: 52_430),
                    tradedAt: EventTime(milliseconds: 1_748_600_925_000)))
        ),
        (
            "an index as long as a ticker",
            PacketBytes.packet(
                1, PacketBytes.price(59_461.7) + PacketBytes.word(0), segment: 0, id: 25),
            .price(InstrumentID(.index, "25"), FeedUpdate(ltp: Price(paise: 5_946_170)))
        ),
        ("an index of no known layout", PacketBytes.header(1, length: 8), .other(code: 1)),
        (
            "open interest", PacketBytes.packet(5, PacketBytes.word(4_000_000_000)),
            .openInterest(option, 4_000_000_000)
        ),
        (
            "the close before",
            PacketBytes.packet(6, PacketBytes.price(510.5) + PacketBytes.word(77)),
            .previousClose(option, Price(paise: 51_050), openInterest: 77)
        ),
        (
            "a disconnection", PacketBytes.packet(50, PacketBytes.short(805)),
            .disconnect(FeedReason(code: 805))
        ),
        ("a kind of another socket", PacketBytes.packet(41, [1, 2, 3]), .other(code: 41)),
    ])
    func `are read:`(what: String, bytes: [UInt8], packet: FeedPacket) {
        let frame = read(bytes)
        #expect(frame.packets == [packet])
        #expect(frame.refusals == [])
    }

    @Test func `a quote has everything but depth and open interest`() throws {
        let frame = read(PacketBytes.quote(524.3, at: 1_748_620_725))
        guard case .price(let id, let update)? = frame.packets.first else {
            Issue.record("no price in \(frame)")
            return
        }
        #expect(id == Self.option)
        #expect(update.ltp == Price(paise: 52_430))
        #expect(update.lastQuantity == Quantity(70))
        #expect(update.averagePrice == Price(paise: 52_480))
        #expect((update.volume, update.totalSell, update.totalBuy) == (900_000, 4_000, 5_000))
        #expect(update.openInterest == nil && update.depth.isEmpty)
        #expect([update.open, update.close] == [Price(paise: 52_000), Price(paise: 51_050)])
        #expect([update.high, update.low] == [Price(paise: 54_000), Price(paise: 50_000)])
    }

    @Test func `a full packet has five levels and open interest`() throws {
        let frame = read(PacketBytes.full(524.3, at: 0))
        guard case .price(_, let update)? = frame.packets.first else {
            Issue.record("no price in \(frame)")
            return
        }
        #expect(update.openInterest == 12_345)
        #expect(update.tradedAt == nil)
        #expect([update.open, update.low] == [Price(paise: 52_000), Price(paise: 50_000)])
        #expect(update.depth.map(\.bid?.paise) == [52_330, 52_230, 52_130, 52_030, 51_930])
        #expect(update.depth.map(\.ask?.paise) == [52_530, 52_630, 52_730, 52_830, 52_930])
        #expect(update.depth.last?.askQuantity == Quantity(204))
        #expect(update.depth.first?.askOrders == 4)
    }

    @Test func `legacy depth has its levels behind the price`() throws {
        let level =
            PacketBytes.word(10) + PacketBytes.word(20) + PacketBytes.short(1)
            + PacketBytes.short(2) + PacketBytes.price(524.25) + PacketBytes.price(524.35)
        let body = PacketBytes.price(524.3) + (0..<5).flatMap { _ in level }
        guard case .price(_, let update)? = read(PacketBytes.packet(3, body)).packets.first else {
            Issue.record("no price")
            return
        }
        #expect(update.depth.count == 5)
        #expect(update.depth[4].bid == Price(paise: 52_425))
        #expect(update.depth[4].askQuantity == Quantity(20))
    }

    @Test func `several stand in one frame, and what is not believed spoils no neighbour`() {
        let noNumber = PacketBytes.packet(2, PacketBytes.word(0x7fc0_0000) + PacketBytes.word(0))
        let frame = read(
            PacketBytes.ticker(1) + PacketBytes.packet(2, [1, 2, 3]) + noNumber
                + PacketBytes.ticker(2, segment: 6) + PacketBytes.ticker(3, id: 0)
                + PacketBytes.ticker(-4) + PacketBytes.ticker(5) + [8, 162, 0])
        let prices = frame.packets.compactMap {
            if case .price(_, let update) = $0 { update.ltp?.paise } else { nil }
        }
        #expect(prices == [100, 500])
        #expect(
            frame.refusals == [
                .length(11, code: 2), .price(offset: 8), .segment(6), .securityID,
                .price(offset: 8), .truncated(left: 3),
            ])
    }

    @Test(arguments: [
        (PacketBytes.header(2, length: 16), FeedRefusal.truncated(left: 8)),
        (PacketBytes.header(2, length: 7), .truncated(left: 8)),
        (PacketBytes.header(2, length: 0), .truncated(left: 8)),
        (PacketBytes.header(8, length: 65_535), .truncated(left: 8)),
        (PacketBytes.header(8, length: 8), .length(8, code: 8)),
        ([2], .truncated(left: 1)),
    ])
    func `a length that cannot be is refused:`(bytes: [UInt8], refusal: FeedRefusal) {
        #expect(read(bytes).packets == [])
        #expect(read(bytes).refusals == [refusal])
    }

    @Test(
        arguments: [
            // (bits of the price, step in paise, paise or nil)
            (Float(524.3).bitPattern, 5, 52_430), (Float(85_186.47).bitPattern, 1, 8_518_647),
            // Noise of 32 bits goes, and what lies between two steps goes to the nearer one.
            (Float(524.2999).bitPattern, 5, 52_430), (Float(524.32).bitPattern, 5, 52_430),
            (Float(524.33).bitPattern, 5, 52_435), (Float(131_072.01).bitPattern, 5, 13_107_200),
            (0, 5, 0), (0x8000_0000, 5, 0), (Float(0.004).bitPattern, 1, 0),
            (Float(0.05).bitPattern, 0, 5), (Float(4_999_999).bitPattern, 5, 499_999_900),
            // Beyond any market, below zero, none at all.
            (Float(5_000_001).bitPattern, 5, nil), (Float(1e30).bitPattern, 5, nil),
            (Float(-0.05).bitPattern, 5, nil), (Float.infinity.bitPattern, 5, nil),
            (Float.nan.bitPattern, 5, nil), (0x0000_0001, 5, nil),
        ] as [(UInt32, Int, Int?)])
    func `a price of 32 bits becomes paise:`(bits: UInt32, step: Int, paise: Int?) {
        let frame = FeedFrame(PacketBytes.packet(2, PacketBytes.word(bits) + PacketBytes.word(0))) {
            _ in Price(paise: step)
        }
        guard case .price(_, let update)? = frame.packets.first else {
            #expect(paise == nil)
            return
        }
        #expect(update.ltp?.paise ?? 0 == paise)
    }

    @Test func `an index has no steps: its value is no price of an order`() {
        let bytes = PacketBytes.ticker(85_186.47, segment: 0, id: 51)
        let frame = FeedFrame(bytes) { _ in Price(paise: 5) }
        #expect(
            frame.packets == [
                .price(InstrumentID(.index, "51"), FeedUpdate(ltp: Price(paise: 8_518_647)))
            ])
    }

    @Test func `one id in two segments is two instruments`() {
        let frame = read(
            PacketBytes.ticker(100, segment: 0, id: 13)
                + PacketBytes.ticker(200, segment: 1, id: 13))
        let ids = frame.packets.compactMap {
            if case .price(let id, _) = $0 { id.text } else { nil }
        }
        #expect(ids == ["IDX_I:13", "NSE_EQ:13"])
    }

    @Test func `open interest of its own joins the next tick, old bids do not`() {
        var book = FeedBook()
        func take(_ bytes: [UInt8], _ book: inout FeedBook) -> [Tick] {
            read(bytes).packets.compactMap { book.take($0, at: EventTime(milliseconds: 7)) }
        }
        let full = take(PacketBytes.full(524.3, at: 1_748_620_725), &book)
        #expect(full.first?.quote.bid == Price(paise: 52_330))
        #expect(full.first?.quote.openInterest == 12_345)
        #expect(full.first?.exchangeTime == EventTime(milliseconds: 1_748_600_925_000))
        #expect(full.first?.quote.at == EventTime(milliseconds: 7))
        #expect(take(PacketBytes.packet(5, PacketBytes.word(99)), &book) == [])
        let ticker = take(PacketBytes.ticker(525), &book)
        #expect(ticker.first?.quote.openInterest == 99)
        #expect(ticker.first?.quote.bid == nil)
        #expect(take(PacketBytes.ticker(0), &book) == [])
    }

    @Test(.enabled(if: RecordedSockets.isThere, "no recorded sockets in ../shared/data"))
    func `a recorded packet is what was seen`() throws {
        struct Seen: Decodable {
            struct Level: Decodable {
                var bid_qty, ask_qty, bid_orders, ask_orders: Int
                var bid, ask: Foundation.Decimal
            }
            var ltp, atp, open, close, high, low: Foundation.Decimal
            var ltq, ltt, volume, total_sell, total_buy, oi, security_id: Int
            var depth: [Level]
        }
        let seen = try JSONDecoder().decode(
            Seen.self, from: Data(try RecordedSockets.read(RecordedSockets.packetDecoded)))
        let frame = FeedFrame(try RecordedSockets.read(RecordedSockets.packet)) { _ in
            Price(paise: 5)
        }
        #expect(frame.refusals == [])
        guard case .price(let id, let update)? = frame.packets.first else {
            Issue.record("no price in \(frame)")
            return
        }
        func same(_ price: Price?, _ seen: Foundation.Decimal) -> Bool {
            Foundation.Decimal(price?.paise ?? 0) == seen * 100
        }
        #expect(id == InstrumentID(.nseEquity, String(seen.security_id)))
        #expect(same(update.ltp, seen.ltp) && same(update.averagePrice, seen.atp))
        #expect(same(update.open, seen.open) && same(update.close, seen.close))
        #expect(same(update.high, seen.high) && same(update.low, seen.low))
        #expect(update.lastQuantity == Quantity(seen.ltq) && update.volume == seen.volume)
        #expect(update.totalSell == seen.total_sell && update.totalBuy == seen.total_buy)
        #expect(update.openInterest == seen.oi)
        // 15:58:45 in India.
        #expect(update.tradedAt == EventTime(Day(2025, 5, 30), TimeOfDay(15, 58, 45)))
        #expect(update.depth.count == seen.depth.count)
        for (level, seen) in zip(update.depth, seen.depth) {
            #expect(same(level.bid, seen.bid) && same(level.ask, seen.ask))
            #expect(level.bidQuantity == Quantity(seen.bid_qty))
            #expect(level.askQuantity == Quantity(seen.ask_qty))
            #expect((level.bidOrders, level.askOrders) == (seen.bid_orders, seen.ask_orders))
        }
    }
}
