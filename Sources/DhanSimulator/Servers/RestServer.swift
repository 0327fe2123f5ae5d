import NIOCore
import NIOHTTP1
import NIOPosix

/// A caller that waits at the counter.
struct RestCustomer: Sendable {
    let channel: any Channel
    let keepsAlive: Bool

    func send(_ reply: Reply) {
        switch reply.manner {
        case .say: say(reply)
        case .never: break
        case .close: channel.close(promise: nil)
        case .reset: channel.reset()
        }
    }

    private func say(_ reply: Reply) {
        var headers = HTTPHeaders([("Content-Type", reply.type)])
        headers.add(
            name: "Vary",
            value: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
        if !keepsAlive { headers.add(name: "Connection", value: "close") }
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: reply.status),
            headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        let body = channel.allocator.buffer(bytes: reply.body)
        channel.write(HTTPServerResponsePart.body(.byteBuffer(body)), promise: nil)
        let sent = channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        if !keepsAlive { sent.whenComplete { _ in channel.close(promise: nil) } }
    }
}

extension Channel {
    /// Ends the connection as a crash does: no word, and what was under way is lost.
    func reset() {
        guard let socket = self as? any SocketOptionProvider else { return close(promise: nil) }
        socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
            self.close(promise: nil)
        }
    }
}

/// Collects one call after the other of a connection.
final class RestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let house: House
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    /// No order, and no list of a thousand instruments, is nearly as large; recordings come in
    /// pieces.
    private static let largestBody = 64 << 20

    init(_ house: House) { self.house = house }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let buffer):
            guard body.count + buffer.readableBytes <= Self.largestBody else {
                return context.close(promise: nil)
            }
            body += buffer.readableBytesView
        case .end:
            guard let head else { return }
            let headers = Dictionary(head.headers.map { ($0.name, $0.value) }) { $1 }
            let call = Call(head.method.rawValue, head.uri, headers: headers, body: body)
            self.head = nil
            house.take(
                call, RestCustomer(channel: context.channel, keepsAlive: head.isKeepAlive))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Whatever was wrong with the bytes, the connection has no next request.
        context.close(promise: nil)
    }
}
