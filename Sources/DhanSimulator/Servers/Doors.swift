import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// Opens the ports.
struct Doors {
    let house: House
    let tls: NIOSSLContext?
    let group: any EventLoopGroup

    func openRest(_ port: Int) async throws -> any Channel {
        try await open(port) { [house] channel in
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                withErrorHandling: true)
            try channel.pipeline.syncOperations.addHandler(RestHandler(house))
        }
    }

    /// - Parameter handler: what talks on a connection, by the request's target.
    func openSocket(
        _ port: Int, _ handler: @escaping @Sendable (any Channel, String) throws -> Void
    ) async throws -> any Channel {
        try await open(port) { [house] channel in
            let upgrader = NIOWebSocketServerUpgrader(
                shouldUpgrade: { channel, _ in
                    channel.eventLoop.makeSucceededFuture(
                        house.turnsAwayHandshake() ? nil : HTTPHeaders())
                },
                upgradePipelineHandler: { channel, request in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOWebSocketFrameAggregator(
                                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 64,
                                maxAccumulatedFrameSize: 1 << 20))
                        try handler(channel, request.uri)
                    }
                })
            let refusal = Refusal()
            let name = "refusal"
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                withServerUpgrade: (
                    upgraders: [upgrader],
                    completionHandler: { context in
                        context.pipeline.syncOperations.removeHandler(name: name, promise: nil)
                    }
                ))
            try channel.pipeline.syncOperations.addHandler(refusal, name: name)
        }
    }

    private func open(
        _ port: Int, _ furnish: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        do {
            return try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 256)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { [tls] channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let tls {
                            try channel.pipeline.syncOperations.addHandler(
                                NIOSSLServerHandler(context: tls))
                        }
                        try furnish(channel)
                    }
                }
                .bind(host: "127.0.0.1", port: port).get()
        } catch {
            throw SimulatorError.port(port, "\(error)")
        }
    }
}

/// Answers who does not, or may not, become a socket.
private final class Refusal: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        RestCustomer(channel: context.channel, keepsAlive: false).send(.tooMany)
    }
}
