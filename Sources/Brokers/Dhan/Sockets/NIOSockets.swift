import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// WebSocket connections over SwiftNIO, on the process's own event loops.
package struct NIOSockets: SocketTransport {
    /// The longest message: a feed's frame with several packets has a few thousand bytes.
    static let longestFrame = 1 << 20
    private static let connectTimeout = TimeAmount.seconds(5)

    package init() {}

    package func connect(
        _ request: SocketRequest, into inbox: SocketInbox
    ) -> any SocketConnection {
        let connection = NIOSocketConnection(inbox)
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(Self.connectTimeout)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Self.prepare(channel, for: request, connection)
                }
            }
        do {
            try (request.egress.map { bootstrap.bind(to: try $0.localAddress()) } ?? bootstrap)
                .connect(host: request.host, port: request.port)
                .whenFailure { connection.end(.lost(Self.text($0))) }
        } catch {
            connection.end(.lost(Self.text(error)))
        }
        return connection
    }

    private static func prepare(
        _ channel: any Channel, for request: SocketRequest, _ connection: NIOSocketConnection
    ) throws {
        guard connection.adopt(channel) else { throw ChannelError.alreadyClosed }
        let pipeline = channel.pipeline.syncOperations
        if request.isSecure {
            try pipeline.addHandler(try tls(for: request))
        }
        try pipeline.addHandler(LateEnd())
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: request.target)
        head.headers.add(name: "Host", value: request.hostHeader)
        head.headers.add(name: "User-Agent", value: "squareoff")
        let upgrader = NIOTypedWebSocketClientUpgrader<Void>(maxFrameSize: longestFrame) {
            channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try open(channel, connection)
            }
        }
        let upgrade = NIOTypedHTTPClientUpgradeConfiguration<Void>(
            upgradeRequestHead: head, upgraders: [upgrader]
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(RefusedUpgrade(connection))
            }
        }
        var configuration = NIOUpgradableHTTPClientPipelineConfiguration(
            upgradeConfiguration: upgrade)
        // A server may send its first frame right behind the upgrade.
        configuration.leftOverBytesStrategy = .forwardBytes
        try pipeline.configureUpgradableHTTPClientPipeline(configuration: configuration)
            .whenFailure { connection.end(.lost(text($0))) }
        channel.closeFuture.whenComplete { _ in connection.end(.lost("the connection was lost")) }
    }

    private static func open(
        _ channel: any Channel, _ connection: NIOSocketConnection
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1_024,
                maxAccumulatedFrameSize: longestFrame))
        try pipeline.addHandler(SocketFrames(connection))
        connection.put(.opened)
    }

    private static func tls(for request: SocketRequest) throws -> NIOSSLClientHandler {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let file = request.caFile { configuration.trustRoots = .file(file) }
        // An address is no name to ask a certificate for; it is then checked as an address.
        let isAddress = (try? SocketAddress(ipAddress: request.host, port: request.port)) != nil
        return try NIOSSLClientHandler(
            context: try NIOSSLContext(configuration: configuration),
            serverHostname: isAddress ? nil : request.host)
    }

    /// Without what stands behind the first line: errors of the network name addresses at most.
    static func text(_ error: any Error) -> String {
        String("\(error)".prefix { !$0.isNewline }.prefix(200))
    }
}

extension SocketRequest {
    fileprivate var hostHeader: String {
        port == (isSecure ? 443 : 80) ? host : "\(host):\(port)"
    }
}
