import ArgumentParser
import MessageBus
import Redis

struct FunctionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "functions",
        abstract: "Loads this version's functions into Redis, for workers whose user may not.",
        discussion: """
            A worker loads them itself where it may. Where each stage has a Redis user of its \
            own (ops/redis/users.acl), only the operator may, once for each version and server.
            """)

    @OptionGroup var redis: RedisOptions

    func run() throws {
        let bus = RedisBus(endpoint: try redis.endpoint(), credentials: try .fromEnvironment())
        do throws(BusError) {
            // A session makes sure of the functions before it does anything else.
            _ = try bus.session("squareoff-functions")
        } catch {
            throw PetitionError.bus(error)
        }
        print("loaded: \(RedisBus.functions)")
    }
}
