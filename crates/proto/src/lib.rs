//! The contract of Pic-up: the code generated from `proto/` and its descriptor set, nothing else.
//!
//! Start reading in `proto/picup/`: `access` is what works without a token, `commands` changes things,
//! `queries` reads, `operations` is for operators, `events` is what the log stores, `internal` is for our own services.

#![expect(
    missing_docs,
    reason = "generated; the .proto files carry the comments"
)]
#![expect(clippy::pedantic, clippy::allow_attributes, reason = "generated")]

/// What can be called without an access token.
pub mod access {
    pub mod v1 {
        tonic::include_proto!("picup.access.v1");
    }
}

/// Requests to change something.
pub mod commands {
    pub mod v1 {
        tonic::include_proto!("picup.commands.v1");
    }
}

/// Questions, answered from read models.
pub mod queries {
    pub mod v1 {
        tonic::include_proto!("picup.queries.v1");
    }
}

/// Facts, as the log stores and the bus carries them.
pub mod events {
    pub mod v1 {
        tonic::include_proto!("picup.events.v1");
    }
}

/// For operators: dead letters, the outbox, and what else sees to the system.
pub mod operations {
    pub mod v1 {
        tonic::include_proto!("picup.operations.v1");
    }
}

/// Between our own services; never forwarded by the gateway.
pub mod internal {
    pub mod v1 {
        tonic::include_proto!("picup.internal.v1");
    }
}

/// Shared by the others.
pub mod types {
    pub mod v1 {
        tonic::include_proto!("picup.types.v1");
    }
}

/// The encoded `FileDescriptorSet` of the whole contract, for reflection and for tests over every RPC.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
