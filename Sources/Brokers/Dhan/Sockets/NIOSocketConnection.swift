import NIOCore
import NIOHTTP1
import NIOWebSocket
import Synchronization

/// A connection, and its way to the worker. Any thread may call it.
final class NIOSocketConnection: SocketConnection {
    private struct State {
        var channel: (any Channel)?
        var isClosed = false
    }
    private let state = Mutex(State())
    private let inbox: SocketInbox

    init(_ inbox: SocketInbox) { self.inbox = inbox }

    /// False when it was closed before there was a channel.
    func adopt(_ channel: any Channel) -> Bool {
        state.withLock { state in
            if !state.isClosed { state.channel = channel }
            return !state.isClosed
        }
    }

    func put(_ event: SocketEvent) {
        if !inbox.put(event) { close() }
    }

    func hear() { inbox.hear() }

    func end(_ end: SocketEnd) {
        inbox.put(.ended(end))
        close()
    }

    func send(_ text: String) { write(.text, ByteBuffer(string: text)) }
    func ping() { write(.ping, ByteBuffer()) }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer) {
        let channel = state.withLock { $0.isClosed ? nil : $0.channel }
        // A write that fails has lost its connection, which is told by its end.
        channel?.writeAndFlush(
            WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data),
            promise: nil)
    }

    func close() {
        let channel = state.withLock { state -> (any Channel)? in
            defer { (state.isClosed, state.channel) = (true, nil) }
            return state.channel
        }
        channel?.close(mode: .all, promise: nil)
    }
}

/// Answers pings, and hands whole messages over.
final class SocketFrames: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame
    private let connection: NIOSocketConnection

    init(_ connection: NIOSocketConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        let bytes = frame.unmaskedData
        switch frame.opcode {
        case .text: connection.put(.text(Array(bytes.readableBytesView)))
        case .binary: connection.put(.binary(Array(bytes.readableBytesView)))
        case .ping:
            connection.hear()
            let pong = WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: bytes)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .connectionClose:
            let code = bytes.getInteger(at: bytes.readerIndex, as: UInt16.self)
            connection.end(.closed(code: code.map(Int.init)))
        default: connection.hear()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.end(.lost(NIOSockets.text(error)))
    }
}

/// Reads the status of a handshake that was not answered with an upgrade.
final class RefusedUpgrade: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    private let connection: NIOSocketConnection

    init(_ connection: NIOSocketConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        connection.end(.refused(status: Int(head.status.code)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.end(.lost(NIOSockets.text(error)))
    }
}

/// Keeps the end of a connection back until the handshake has handed over what came behind it.
/// A broker that sends us away says why and closes at once; the HTTP decoder would drop that.
final class LateEnd: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    func channelInactive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.fireChannelInactive() }
    }
}
