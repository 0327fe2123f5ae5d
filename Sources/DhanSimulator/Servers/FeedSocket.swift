import NIOCore
import NIOWebSocket
import Trading

/// One connection to the market feed: subscriptions in JSON, packets in bytes.
final class FeedSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let house: House
    private let query: [String: String]
    private let ping: TimeAmount
    private let patience: TimeAmount
    private var lastPong = NIODeadline.now()
    private var pinging: RepeatedTask?

    init(_ house: House, target: String, _ settings: SimulatorSettings) {
        self.house = house
        query = Call("GET", target).query
        ping = .milliseconds(Int64(settings.feedPing.milliseconds))
        patience = .milliseconds(Int64(settings.feedPatience.milliseconds))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        let client = ClientID(query["clientId"] ?? "")
        if let reason = house.feedRefusal(client, query) {
            channel.say(FeedPacket.disconnect(reason).bytes)
            return channel.close(promise: nil)
        }
        house.withFeed { $0.join(client, channel) }?.dismiss(805)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        pinging = context.eventLoop.scheduleRepeatedTask(initialDelay: ping, delay: ping) { _ in
            bound.value.ping(channel)
        }
    }

    private func ping(_ channel: any Channel) {
        guard NIODeadline.now() - lastPong < patience else { return channel.close(promise: nil) }
        let frame = WebSocketFrame(
            fin: true, opcode: .ping, data: channel.allocator.buffer(capacity: 0))
        channel.writeAndFlush(frame, promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text: read(frame.unmaskedData, context.channel)
        case .pong: lastPong = .now()
        case .ping, .connectionClose: context.answer(frame)
        default: break
        }
    }

    private func read(_ data: ByteBuffer, _ channel: any Channel) {
        guard let json = JSON(parsing: data.readableBytesView), let code = json["RequestCode"]?.int
        else { return dismiss(814, channel) }
        if code == 12 { return channel.close(promise: nil) }
        let isLeaving = FeedPacket.Mode(rawValue: code - 1) != nil
        guard let mode = FeedPacket.Mode(rawValue: isLeaving ? code - 1 : code) else { return }
        let rows = json["InstrumentList"]?.array ?? []
        guard rows.count <= FeedRoom.mostPerMessage else { return dismiss(804, channel) }
        let instruments: [InstrumentID] = rows.compactMap { row in
            let segment = row["ExchangeSegment"]?.string.flatMap(Segment.init(rawValue:))
            // A number instead of a text never ticks.
            guard let segment, let id = row["SecurityId"]?.string else { return nil }
            return InstrumentID(segment, id)
        }
        guard house.withFeed({ $0.want(instruments, isLeaving ? nil : mode, on: channel) }) else {
            return dismiss(804, channel)
        }
        if !isLeaving { house.greet(instruments, mode, channel) }
    }

    private func dismiss(_ reason: Int, _ channel: any Channel) {
        channel.say(FeedPacket.disconnect(reason).bytes)
        channel.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        pinging?.cancel()
        let channel = context.channel
        house.withFeed { $0.leave(channel) }
        context.fireChannelInactive()
    }
}

extension House {
    /// The code of why not; nil for a good login.
    func feedRefusal(_ client: ClientID, _ query: [String: String]) -> Int? {
        perform { state, now in
            guard query["version"] == "2", query["authType"] == "2" else { return 814 }
            guard let account = state.engine.accounts[client] else { return 810 }
            guard let token = account.token, token.text == query["token"] else { return 809 }
            guard now < token.expiresAt else { return 807 }
            return account.hasData ? nil : 806
        }
    }

    /// The first packets of a subscription: what stands now. An instrument without a price says
    /// nothing, as does one that does not exist.
    func greet(_ instruments: [InstrumentID], _ mode: FeedPacket.Mode, _ channel: any Channel) {
        let bytes = perform { state, _ in
            instruments.reduce(into: [UInt8]()) { bytes, instrument in
                guard let row = state.engine.market[instrument] else { return }
                // Documented for every instrument, seen for indices.
                if instrument.segment == .index || state.engine.settings.shapes == .documented {
                    bytes += FeedPacket.previousClose(instrument, row).bytes
                }
                let tick = Tick(instrument: instrument, quote: row.quote)
                bytes += FeedPacket.packets(mode, tick, row)
            }
        }
        if !bytes.isEmpty { channel.say(bytes) }
    }
}
