/// One value for a statement. Its type must be the one the statement declares.
public enum PostgresParameter {
    case null
    case bool(Bool)
    case int2(Int16)
    case int4(Int32)
    case int8(Int64)
    case float8(Double)
    case text(ArraySlice<UInt8>)
    case string(String)
    case jsonb(ArraySlice<UInt8>)
    case bytea(ArraySlice<UInt8>)
    /// Unix microseconds; the ends of Int64 are the infinities.
    case timestamptz(Int64)
    case array(PostgresArrayBuilder)

    /// Nil fits every type.
    var type: PostgresType? {
        switch self {
        case .null: nil
        case .bool: .bool
        case .int2: .int2
        case .int4: .int4
        case .int8: .int8
        case .float8: .float8
        case .text, .string: .text
        case .jsonb: .jsonb
        case .bytea: .bytea
        case .timestamptz: .timestamptz
        case .array(let builder): builder.type
        }
    }
}

extension PostgresParameter {
    public static func text(_ bytes: [UInt8]) -> PostgresParameter { .text(bytes[...]) }
    public static func int4(_ value: Int) -> PostgresParameter { .int4(Int32(value)) }
    public static func int8(_ value: Int) -> PostgresParameter { .int8(Int64(value)) }
}
