import NIOCore
import NIOPosix
import NIOSSL
import Support

/// A server on loopback that shows a certificate, answers whatever it is asked, and tells what of
/// it has come through TLS.
final class TLSServer: Sendable {
    enum Heard: Sendable, Equatable {
        case text(String)
        case closed
    }

    let port: Int
    private let server: any Channel
    private let heard: AsyncStream<Heard>

    static func start(showing shown: Certificates.Pair) async throws -> TLSServer {
        let (heard, hear) = AsyncStream.makeStream(of: Heard.self)
        let tls = try shown.serverContext()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: tls))
                    try pipeline.addHandler(Answering(hear))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TLSServer(server, heard)
    }

    private init(_ server: any Channel, _ heard: AsyncStream<Heard>) {
        self.server = server
        self.heard = heard
        port = server.localAddress?.port ?? 0
    }

    /// The first thing that it has heard, which is waited for.
    func first() async -> Heard? {
        for await one in heard { return one }
        return nil
    }

    func stop() async throws { try await server.close().get() }
}

private final class Answering: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let hear: AsyncStream<TLSServer.Heard>.Continuation

    init(_ hear: AsyncStream<TLSServer.Heard>.Continuation) { self.hear = hear }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hear.yield(.text(String(buffer: unwrapInboundIn(data))))
        let answer = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { hear.yield(.closed) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
