import NIOCore
import NIOWebSocket
import Trading

/// A connection to the order socket that has logged in.
struct OrderCustomer: Sendable, Equatable {
    let channel: any Channel

    static func == (left: OrderCustomer, right: OrderCustomer) -> Bool {
        ObjectIdentifier(left.channel) == ObjectIdentifier(right.channel)
    }

    func say(_ text: String) { channel.say(text) }

    func end(_ end: Engine.SocketEnd) {
        switch end {
        case .reset: channel.reset()
        case .silence: break
        case .busy:
            say("1\n429 too many requests")
            channel.close(promise: nil)
        }
    }
}

extension Channel {
    func say(_ text: String) {
        let data = allocator.buffer(string: text)
        writeAndFlush(WebSocketFrame(fin: true, opcode: .text, data: data), promise: nil)
    }

    func say(_ bytes: [UInt8]) {
        let data = allocator.buffer(bytes: bytes)
        writeAndFlush(WebSocketFrame(fin: true, opcode: .binary, data: data), promise: nil)
    }
}

/// Waits for the login, and then only listens: the rest is said by the house.
final class OrderSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let house: House

    init(_ house: House) { self.house = house }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text: login(frame.unmaskedData, context.channel)
        case .ping, .connectionClose: context.answer(frame)
        default: break
        }
    }

    /// Silence is success. A bad token gets a reset some milliseconds later, and no word.
    private func login(_ data: ByteBuffer, _ channel: any Channel) {
        let request = JSON(parsing: data.readableBytesView)?["LoginReq"]
        if let client = request?["ClientId"]?.scalar, let token = request?["Token"]?.string,
            request?["MsgCode"]?.int == 42,
            house.login(ClientID(client), token, OrderCustomer(channel: channel))
        {
            return
        }
        channel.eventLoop.scheduleTask(in: .milliseconds(10)) { channel.reset() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        house.gone(OrderCustomer(channel: context.channel))
        context.fireChannelInactive()
    }
}

extension ChannelHandlerContext {
    /// A ping with a pong, a close with a close.
    func answer(_ frame: WebSocketFrame) {
        let isClose = frame.opcode == .connectionClose
        let reply = WebSocketFrame(
            fin: true, opcode: isClose ? .connectionClose : .pong, data: frame.unmaskedData)
        let channel = self.channel
        let sent = channel.writeAndFlush(reply)
        if isClose { sent.whenComplete { _ in channel.close(promise: nil) } }
    }
}
