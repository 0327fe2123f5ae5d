package import Trading

/// Every key's name: no other file builds one.
package struct Keys: Sendable, Hashable {
    package let shards: Int
    package let partitions: Int

    package init(shards: Int = 1, partitions: Int = 1) {
        self.shards = shards
        self.partitions = partitions
    }

    package func shard(of account: AccountID) -> Int { CRC16.hash(account.text) % shards }
    package func partition(of index: IndexName) -> Int { CRC16.hash(index.text) % partitions }

    // What all share.
    package static let layout = Key(.bus, "layout")
    package static let clock = Key(.bus, "clock")
    package static let signals = Key(.bus, "signals")
    package static let alarms = Key(.bus, "alarms")
    package static let halt = Key(.bus, "halt")
    package static let instruments = Key(.bus, "instruments")
    package static let workers = Key(.bus, "workers")
    package static func worker(_ name: String) -> Key { Key(.bus, "worker:\(name)") }
    package static func lease(_ stage: String, _ number: Int) -> Key {
        Key(.bus, "lease:\(stage):\(number)")
    }
    package static func lease(_ stage: String, _ account: AccountID) -> Key {
        Key(.bus, "lease:\(stage):\(account)")
    }

    // Of a tick partition.
    package static func ticks(_ partition: Int) -> Key { Key(.partition(partition), "ticks") }
    package static func ltp(_ partition: Int) -> Key { Key(.partition(partition), "ltp") }
    package static func bars(_ partition: Int, _ index: IndexName) -> Key {
        Key(.partition(partition), "bars:\(index)")
    }

    // Of a shard.
    package static func exits(_ shard: Int) -> Key { Key(.shard(shard), "exits") }
    package static func exitOrders(_ shard: Int) -> Key { Key(.shard(shard), "orders:exit") }
    package static func entryOrders(_ shard: Int) -> Key { Key(.shard(shard), "orders:entry") }
    package static func brokerEvents(_ shard: Int) -> Key { Key(.shard(shard), "broker-events") }
    package static func orderUpdates(_ shard: Int) -> Key { Key(.shard(shard), "order-updates") }
    package static func positions(_ shard: Int) -> Key { Key(.shard(shard), "positions") }
    package static func exitsDue(_ shard: Int) -> Key { Key(.shard(shard), "exits:due") }
    package static func ordersDue(_ shard: Int) -> Key { Key(.shard(shard), "orders:due") }
    /// Orders for which somebody may be calling the broker now → when he is surely dead, or his
    /// cancel is made again.
    package static func calling(_ shard: Int) -> Key { Key(.shard(shard), "orders:calling") }
    /// How much waits for the shard's stages.
    package static func backlog(_ shard: Int) -> Key { Key(.shard(shard), "backlog") }
    /// The server's run that this shard was last met in.
    package static func serverRun(_ shard: Int) -> Key { Key(.shard(shard), "server-run") }
    /// Accounts whose book nobody has read since the server's restart → when somebody will.
    package static func unreconciled(_ shard: Int) -> Key { Key(.shard(shard), "unreconciled") }
    /// Accounts → when their books are next compared with the broker's, by the wall's clock.
    package static func reconcileDue(_ shard: Int) -> Key { Key(.shard(shard), "reconcile:due") }
    /// What the last comparison of an account's books has shown.
    package static func reconciled(_ shard: Int, _ account: AccountID) -> Key {
        Key(.shard(shard), "reconciled:\(account)")
    }
    /// The day on which the loss limit was last seen at an account's broker.
    package static func lossLimit(_ shard: Int, _ account: AccountID) -> Key {
        Key(.shard(shard), "loss-limit:\(account)")
    }
    package static func orderNumber(_ shard: Int, _ number: OrderNumber) -> Key {
        Key(.shard(shard), "order-number:\(number)")
    }
    package static func unmatched(_ shard: Int, _ number: OrderNumber) -> Key {
        Key(.shard(shard), "unmatched:\(number)")
    }
    /// Numbers of messages that wait → when they are nobody's here.
    package static func foreignDue(_ shard: Int) -> Key { Key(.shard(shard), "foreign:due") }
    /// What was traded by hand.
    package static func byHand(_ shard: Int, _ account: AccountID) -> Key {
        Key(.shard(shard), "by-hand:\(account)")
    }
    package static func position(_ shard: Int, _ id: PositionID) -> Key {
        Key(.shard(shard), "position:\(id)")
    }
    package static func order(_ shard: Int, _ id: CorrelationID) -> Key {
        Key(.shard(shard), "order:\(id)")
    }
    package static func exitLock(_ shard: Int, _ id: PositionID) -> Key {
        Key(.shard(shard), "exit-lock:\(id)")
    }
    package static func verdict(_ shard: Int, _ signal: SignalID, _ account: AccountID) -> Key {
        Key(.shard(shard), "verdict:\(signal):\(account)")
    }
    package static func open(_ shard: Int, _ account: AccountID) -> Key {
        Key(.shard(shard), "open:\(account)")
    }
    package static func account(_ shard: Int, _ account: AccountID, _ day: Day) -> Key {
        Key(.shard(shard), "account:\(account):\(day.text)")
    }
    package static func budget(_ shard: Int, _ account: AccountID) -> Key {
        Key(.shard(shard), "budget:\(account)")
    }
    package static func paperRequests(_ shard: Int) -> Key {
        Key(.shard(shard), "paper:requests")
    }
    package static func paperOrder(_ shard: Int, _ number: OrderNumber) -> Key {
        Key(.shard(shard), "paper:order:\(number)")
    }
    package static func paperBook(_ shard: Int, _ account: AccountID, _ day: Day) -> Key {
        Key(.shard(shard), "paper:book:\(account):\(day.text)")
    }
    package static func paperLedger(_ shard: Int, _ account: AccountID) -> Key {
        Key(.shard(shard), "paper:ledger:\(account)")
    }
    package static func paperWorking(_ shard: Int) -> Key { Key(.shard(shard), "paper:working") }
    package static func paperDue(_ shard: Int) -> Key { Key(.shard(shard), "paper:due") }
    package static func paperQuotes(_ shard: Int) -> Key { Key(.shard(shard), "paper:quotes") }

    /// Of a soak, on a server of its own.
    package static func soak(_ name: String) -> Key { Key(.shard(0), "soak:\(name)") }

    // Of whichever slot it belongs to.
    package static func fence(_ slot: Slot, _ stage: String, _ number: Int) -> Key {
        Key(slot, "fence:\(stage):\(number)")
    }
    /// How often a stage has failed on an entry.
    package static func failures(_ slot: Slot, _ stage: String) -> Key {
        Key(slot, "failures:\(stage)")
    }
    package static func deadLetters(_ slot: Slot) -> Key { Key(slot, "dead-letters") }
}

/// Redis's own CRC16 (XMODEM), so that a person finds an account's shard with CLUSTER KEYSLOT.
private enum CRC16 {
    static func hash(_ text: String) -> Int {
        var crc: UInt16 = 0
        for byte in text.utf8 {
            crc ^= UInt16(byte) << 8
            for _ in 0..<8 {
                crc = crc & 0x8000 == 0 ? crc << 1 : (crc << 1) ^ 0x1021
            }
        }
        return Int(crc)
    }
}
