import Trading

/// A key's value, one case for each of Redis' types.
enum Stored {
    case text(String)
    case hash(HashTable)
    case set(Set<String>)
    case sortedSet([String: Int])
    case list([String])
    case stream(StreamLog)

    var copy: Stored {
        switch self {
        case .hash(let hash): .hash(hash.copy)
        case .stream(let log): .stream(log.copy)
        case .text, .set, .sortedSet, .list: self
        }
    }

    enum Kind { case text, hash, set, sortedSet, list, stream }

    var kind: Kind {
        switch self {
        case .text: .text
        case .hash: .hash
        case .set: .set
        case .sortedSet: .sortedSet
        case .list: .list
        case .stream: .stream
        }
    }

    /// How many elements; nil for a text, which has none.
    var count: Int? {
        switch self {
        case .text: nil
        case .hash(let hash): hash.fields.pairs.count
        case .set(let members): members.count
        case .sortedSet(let scores): scores.count
        case .list(let texts): texts.count
        case .stream(let log): log.entries.count
        }
    }
}

/// A hash that keeps the order in which its fields came and finds them by name.
final class HashTable {
    private(set) var fields = Fields()
    private var places: [String: Int] = [:]

    var copy: HashTable {
        let copy = HashTable()
        (copy.fields, copy.places) = (fields, places)
        return copy
    }

    subscript(name: String) -> String? {
        get { places[name].map { fields.pairs[$0].value } }
        set {
            switch (places[name], newValue) {
            case (let place?, let value?): fields.pairs[place].value = value
            case (nil, let value?):
                places[name] = fields.pairs.count
                fields.pairs.append(Fields.Pair(name: name, value: value))
            case (let place?, nil):
                fields.pairs.remove(at: place)
                places[name] = nil
                for (index, pair) in fields.pairs.enumerated().dropFirst(place) {
                    places[pair.name] = index
                }
            case (nil, nil): break
            }
        }
    }
}
