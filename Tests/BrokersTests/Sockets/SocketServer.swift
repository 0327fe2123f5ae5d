import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Support
import Synchronization

/// A WebSocket server on loopback that does what a test says, and tells what it hears.
final class SocketServer: Sendable {
    enum Heard: Sendable, Equatable {
        case opened(target: String)
        case text(String)
        case ping, pong, goodbye
        case closed
    }

    let port: Int
    let heard: AsyncStream<Heard>
    private let server: any Channel
    private let clients: Clients

    /// - Parameters:
    ///   - refusing: the status that every handshake is answered with.
    ///   - first: sent right behind the answer of the handshake.
    ///   - last: the connection is closed behind it.
    static func start(
        refusing: HTTPResponseStatus? = nil, first: String? = nil, last: String? = nil,
        certificate: Certificates.Pair? = nil
    ) async throws -> SocketServer {
        let (heard, hear) = AsyncStream.makeStream(of: Heard.self)
        let clients = Clients(hear)
        let tls = try certificate.map { try $0.serverContext() }
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLServerHandler(context: tls))
                    }
                    try Self.prepare(
                        channel, clients, refusing: refusing, first: first ?? last, last != nil)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return SocketServer(server, clients, heard)
    }

    private init(_ server: any Channel, _ clients: Clients, _ heard: AsyncStream<Heard>) {
        self.server = server
        self.clients = clients
        self.heard = heard
        port = server.localAddress?.port ?? 0
    }

    private static func prepare(
        _ channel: any Channel, _ clients: Clients, refusing: HTTPResponseStatus?, first: String?,
        _ isLast: Bool
    ) throws {
        let upgrader = NIOTypedWebSocketServerUpgrader<Void>(
            shouldUpgrade: { channel, _ in
                channel.eventLoop.makeSucceededFuture(refusing == nil ? [:] : nil)
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Listening(clients))
                    clients.add(channel)
                    clients.hear.yield(.opened(target: head.uri))
                    if let first {
                        channel.writeAndFlush(
                            WebSocketFrame(
                                fin: true, opcode: .text, data: ByteBuffer(string: first)),
                            promise: nil)
                    }
                    if isLast { channel.close(promise: nil) }
                }
            })
        let upgrade = NIOTypedHTTPServerUpgradeConfiguration<Void>(upgraders: [upgrader]) {
            channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Refusing(refusing ?? .badRequest))
            }
        }
        _ = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
            configuration: NIOUpgradableHTTPServerPipelineConfiguration(
                upgradeConfiguration: upgrade))
    }

    func send(_ opcode: WebSocketOpcode, _ bytes: [UInt8], fin: Bool = true) {
        clients.send(
            WebSocketFrame(fin: fin, opcode: opcode, data: ByteBuffer(bytes: bytes)))
    }

    func send(_ text: String) { send(.text, Array(text.utf8)) }

    /// Without a close frame, and without waiting for what is still on its way.
    func reset() {
        for channel in clients.all {
            (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                .whenComplete { _ in channel.close(promise: nil) }
        }
    }

    func stop() async throws {
        for channel in clients.all { channel.close(promise: nil) }
        try await server.close().get()
    }

    /// Up to and including the first that is as told.
    func next(until isIt: (Heard) -> Bool) async -> [Heard] {
        var all: [Heard] = []
        for await one in heard {
            all.append(one)
            if isIt(one) { break }
        }
        return all
    }
}

/// Who is connected, for any thread.
private final class Clients: Sendable {
    let hear: AsyncStream<SocketServer.Heard>.Continuation
    private let state = Mutex((channels: [any Channel](), early: [WebSocketFrame]()))

    init(_ hear: AsyncStream<SocketServer.Heard>.Continuation) { self.hear = hear }

    func add(_ channel: any Channel) {
        let early = state.withLock { state in
            state.channels.append(channel)
            defer { state.early = [] }
            return state.early
        }
        for frame in early { channel.writeAndFlush(frame, promise: nil) }
    }

    /// A client may believe that it is connected a moment before it is known here.
    func send(_ frame: WebSocketFrame) {
        let channels = state.withLock { state in
            if state.channels.isEmpty { state.early.append(frame) }
            return state.channels
        }
        for channel in channels { channel.writeAndFlush(frame, promise: nil) }
    }

    var all: [any Channel] { state.withLock { $0.channels } }
}

private final class Listening: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    private let clients: Clients

    init(_ clients: Clients) { self.clients = clients }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        // A client must mask what it says.
        case .text where frame.maskKey != nil:
            clients.hear.yield(.text(String(buffer: frame.unmaskedData)))
        case .ping: clients.hear.yield(.ping)
        case .pong: clients.hear.yield(.pong)
        case .connectionClose: clients.hear.yield(.goodbye)
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) { clients.hear.yield(.closed) }
}

/// Answers a request that was not upgraded.
private final class Refusing: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private let status: HTTPResponseStatus

    init(_ status: HTTPResponseStatus) { self.status = status }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let head = HTTPResponseHead(
            version: .http1_1, status: status, headers: ["content-length": "0"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
