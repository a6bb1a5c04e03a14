//! Amazon S3: buckets and their sub-resources, and objects.

mod invocation_logs;
mod objects;

pub use objects::Stored;

use super::paging::page;
use super::{Answer, Call, Service, tag_list};
use crate::demo::dice::Dice;
use crate::demo::wire::ApiError;
use crate::demo::world::buckets::{self, Bucket};
use crate::model::Json;

pub const SERVICE: Service = Service {
    id: "s3",
    signing_name: "s3",
    operations: &[
        ("GetBucketAcl", get_bucket_acl),
        ("GetBucketEncryption", get_bucket_encryption),
        ("GetBucketLifecycleConfiguration", get_bucket_lifecycle),
        ("GetBucketLocation", get_bucket_location),
        ("GetBucketLogging", get_bucket_logging),
        ("GetBucketNotificationConfiguration", get_bucket_notification),
        ("GetBucketOwnershipControls", get_bucket_ownership),
        ("GetBucketPolicy", get_bucket_policy),
        ("GetBucketPolicyStatus", get_bucket_policy_status),
        ("GetBucketReplication", get_bucket_replication),
        ("GetBucketTagging", get_bucket_tagging),
        ("GetBucketVersioning", get_bucket_versioning),
        ("GetBucketWebsite", get_bucket_website),
        ("GetObject", objects::get),
        ("GetObjectLockConfiguration", get_object_lock),
        ("GetPublicAccessBlock", get_public_access_block),
        ("HeadBucket", head_bucket),
        ("HeadObject", objects::head),
        ("ListBuckets", list_buckets),
        ("ListObjectsV2", objects::list),
    ],
};

/// All buckets of the account, in pages only where a page size is asked for; then with their regions.
fn list_buckets(call: &Call<'_>) -> Answer {
    let asked = call.int("MaxBuckets");
    if asked.is_some_and(|n| !(1..=10_000).contains(&n)) {
        return Err(ApiError::bad(
            "InvalidArgument",
            "Argument max-buckets must be an integer between 1 and 10000",
        ));
    }
    let prefix = call.text("Prefix");
    let region = call.text("BucketRegion");
    let detailed =
        asked.is_some() || prefix.is_some() || region.is_some() || call.text("ContinuationToken").is_some();
    let mut all = buckets::buckets(call.world, call.account);
    all.retain(|b| prefix.is_none_or(|p| b.name.starts_with(p)) && region.is_none_or(|r| b.region == r));
    let (items, next) = if detailed {
        let page = page(call, all, call.text("ContinuationToken"), asked.unwrap_or(10_000) as usize)
            .ok_or_else(|| {
                ApiError::bad("InvalidArgument", "The continuation token provided is incorrect")
            })?;
        (page.items, page.next)
    } else {
        (all, None)
    };
    let buckets: Vec<Json> = items
        .iter()
        .map(|b| {
            record! {
                "Name" => b.name.as_str(),
                "CreationDate" => b.created,
                "BucketRegion" => detailed.then_some(b.region),
                "BucketArn" => detailed.then(|| format!("arn:aws:s3:::{}", b.name)),
            }
        })
        .collect();
    Ok(record! {
        "Owner" => owner(call),
        "Buckets" => buckets,
        "ContinuationToken" => next,
        "Prefix" => prefix.filter(|_| detailed),
    })
}

fn canonical_id(call: &Call<'_>) -> String {
    Dice::new(call.world.knobs.seed, &["canonical user", &call.account.id]).hex(64)
}

fn owner(call: &Call<'_>) -> Json {
    record! { "ID" => canonical_id(call) }
}

/// The bucket, if it is the caller's and in the region asked.
fn find(call: &Call<'_>) -> Result<Bucket, ApiError> {
    let name = call.required("Bucket");
    let owned = buckets::named(call.world, call.account, name);
    let Some(bucket) = owned else {
        return Err(match buckets::of_anyone(call.world, name) {
            // Where a bucket is, S3 tells anyone.
            Some(other) => ApiError::new(403, "AccessDenied", "Access Denied")
                .header("x-amz-bucket-region", other.region),
            None => ApiError::new(404, "NoSuchBucket", "The specified bucket does not exist")
                .detail("BucketName", name),
        });
    };
    if bucket.region != call.region && call.operation != "GetBucketLocation" {
        let message = "The bucket you are attempting to access must be addressed using the specified endpoint. \
                       Please send all future requests to this endpoint.";
        return Err(ApiError::new(301, "PermanentRedirect", message)
            .detail("Endpoint", format!("{name}.s3.{}.amazonaws.com", bucket.region))
            .detail("Bucket", name)
            .header("x-amz-bucket-region", bucket.region));
    }
    Ok(bucket)
}

fn absent(call: &Call<'_>, code: &'static str, message: &str) -> ApiError {
    ApiError::new(404, code, message).detail("BucketName", call.required("Bucket"))
}

fn head_bucket(call: &Call<'_>) -> Answer {
    let bucket = find(call)?;
    Ok(record! { "BucketRegion" => bucket.region, "BucketArn" => format!("arn:aws:s3:::{}", bucket.name) })
}

/// Empty for us-east-1, as it always was.
fn get_bucket_location(call: &Call<'_>) -> Answer {
    let bucket = find(call)?;
    Ok(record! { "LocationConstraint" => (bucket.region != "us-east-1").then_some(bucket.region) })
}

fn get_bucket_versioning(call: &Call<'_>) -> Answer {
    let bucket = find(call)?;
    let delete = bucket.versioning.map(|_| if bucket.mfa_delete { "Enabled" } else { "Disabled" });
    Ok(record! { "Status" => bucket.versioning, "MFADelete" => delete })
}

fn get_public_access_block(call: &Call<'_>) -> Answer {
    let block = find(call)?.access_block.ok_or_else(|| {
        absent(
            call,
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        )
    })?;
    Ok(record! {
        "PublicAccessBlockConfiguration" => record! {
            "BlockPublicAcls" => block.block_acls,
            "IgnorePublicAcls" => block.ignore_acls,
            "BlockPublicPolicy" => block.block_policy,
            "RestrictPublicBuckets" => block.restrict,
        },
    })
}

fn no_policy(call: &Call<'_>) -> ApiError {
    absent(call, "NoSuchBucketPolicy", "The bucket policy does not exist")
}

fn get_bucket_policy(call: &Call<'_>) -> Answer {
    let policy = find(call)?.policy.ok_or_else(|| no_policy(call))?;
    Ok(record! { "Policy" => policy })
}

fn get_bucket_policy_status(call: &Call<'_>) -> Answer {
    let bucket = find(call)?;
    if bucket.policy.is_none() {
        return Err(no_policy(call));
    }
    Ok(record! { "PolicyStatus" => record! { "IsPublic" => bucket.policy_is_public } })
}

/// Every bucket is encrypted since 2023; the question is with whose key.
fn get_bucket_encryption(call: &Call<'_>) -> Answer {
    let bucket = find(call)?;
    let with = match &bucket.key_arn {
        Some(key) => record! { "SSEAlgorithm" => "aws:kms", "KMSMasterKeyID" => key.as_str() },
        None => record! { "SSEAlgorithm" => "AES256" },
    };
    Ok(record! {
        "ServerSideEncryptionConfiguration" => record! {
            "Rules" => vec![record! {
                "ApplyServerSideEncryptionByDefault" => with,
                "BucketKeyEnabled" => bucket.key_arn.is_some(),
            }],
        },
    })
}

fn get_bucket_logging(call: &Call<'_>) -> Answer {
    let bucket = find(call)?;
    let to = bucket.logs_to.as_ref().map(
        |target| record! { "TargetBucket" => target.as_str(), "TargetPrefix" => format!("{}/", bucket.name) },
    );
    Ok(record! { "LoggingEnabled" => to })
}

fn get_bucket_lifecycle(call: &Call<'_>) -> Answer {
    let days = find(call)?.expires_after.ok_or_else(|| {
        absent(call, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
    })?;
    Ok(record! {
        "Rules" => vec![record! {
            "ID" => "expire",
            "Status" => "Enabled",
            "Filter" => record! { "Prefix" => "" },
            "Expiration" => record! { "Days" => days },
        }],
    })
}

fn get_bucket_notification(call: &Call<'_>) -> Answer {
    let bucket = find(call)?;
    let queues: Vec<Json> = bucket
        .notifies
        .iter()
        .map(|arn| {
            record! { "Id" => "uploads", "QueueArn" => arn.as_str(), "Events" => vec!["s3:ObjectCreated:*"] }
        })
        .collect();
    Ok(if queues.is_empty() {
        Json::Object(Vec::new())
    } else {
        record! { "QueueConfigurations" => queues }
    })
}

fn get_bucket_acl(call: &Call<'_>) -> Answer {
    let bucket = find(call)?;
    let mut grants = vec![record! {
        "Grantee" => record! { "ID" => canonical_id(call), "Type" => "CanonicalUser" },
        "Permission" => "FULL_CONTROL",
    }];
    if bucket.public_acl {
        grants.push(record! {
            "Grantee" => record! { "Type" => "Group", "URI" => "http://acs.amazonaws.com/groups/global/AllUsers" },
            "Permission" => "READ",
        });
    }
    Ok(record! { "Owner" => owner(call), "Grants" => grants })
}

/// Buckets with public ACLs are those whose objects' writers may own them.
fn get_bucket_ownership(call: &Call<'_>) -> Answer {
    let bucket = find(call)?;
    let ownership = if bucket.public_acl { "BucketOwnerPreferred" } else { "BucketOwnerEnforced" };
    Ok(record! {
        "OwnershipControls" => record! { "Rules" => vec![record! { "ObjectOwnership" => ownership }] },
    })
}

fn get_bucket_replication(call: &Call<'_>) -> Answer {
    let target = find(call)?.replica.ok_or_else(|| {
        absent(call, "ReplicationConfigurationNotFoundError", "The replication configuration was not found")
    })?;
    Ok(record! {
        "ReplicationConfiguration" => record! {
            "Role" => format!("arn:aws:iam::{}:role/s3-replication", call.account.id),
            "Rules" => vec![record! {
                "ID" => "everything",
                "Priority" => 0_i64,
                "Status" => "Enabled",
                "Filter" => record! { "Prefix" => "" },
                "Destination" => record! { "Bucket" => target, "StorageClass" => "STANDARD_IA" },
                "DeleteMarkerReplication" => record! { "Status" => "Disabled" },
            }],
        },
    })
}

fn get_bucket_tagging(call: &Call<'_>) -> Answer {
    let bucket = find(call)?;
    if bucket.tags.is_empty() {
        return Err(absent(call, "NoSuchTagSet", "The TagSet does not exist"));
    }
    Ok(record! { "TagSet" => tag_list(&bucket.tags) })
}

fn get_bucket_website(call: &Call<'_>) -> Answer {
    if !find(call)?.website {
        return Err(absent(
            call,
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
        ));
    }
    Ok(record! {
        "IndexDocument" => record! { "Suffix" => "index.html" },
        "ErrorDocument" => record! { "Key" => "error.html" },
    })
}

fn get_object_lock(call: &Call<'_>) -> Answer {
    if !find(call)?.object_lock {
        return Err(absent(
            call,
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        ));
    }
    Ok(record! {
        "ObjectLockConfiguration" => record! {
            "ObjectLockEnabled" => "Enabled",
            "Rule" => record! { "DefaultRetention" => record! { "Mode" => "GOVERNANCE", "Days" => 365_i64 } },
        },
    })
}
