import ArgumentParser
import Foundation
import MessageBus
import Redis
import Settings

/// Where Redis is, and how the run is configured.
struct RunOptions: ParsableArguments {
    @Option(help: "Configuration, YAML.")
    var config: String?

    @Option(
        help: "redis://host:port/db, rediss:// for TLS, unix:///path; without it, as configured.")
    var redis: String?

    @Option(name: .customLong("log-level"), help: "trace, debug, info, notice, warning, error.")
    var logLevel: String = "notice"

    func settings() throws -> SquareoffSettings {
        try SquareoffSettings.load(path: config, environment: ProcessInfo.processInfo.environment)
    }

    func bus(_ settings: SquareoffSettings) throws -> RedisBus {
        RedisBus(
            endpoint: try RedisEndpoint(url: redis ?? settings.redis.url),
            credentials: try RedisCredentials.fromEnvironment())
    }
}
