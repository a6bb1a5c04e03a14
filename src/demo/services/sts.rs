//! Security Token Service: who am I, and who may I become.

use super::{Answer, Call, Service};
use crate::demo::identity::{self, Issued, Policy, Principal, SessionRequest};
use crate::demo::wire::ApiError;
use crate::demo::world::identities;
use crate::model::Json;

pub const SERVICE: Service = Service {
    id: "sts",
    signing_name: "sts",
    operations: &[
        ("AssumeRole", assume_role),
        ("GetCallerIdentity", get_caller_identity),
        ("GetSessionToken", get_session_token),
    ],
};

/// Longest session policy, in characters.
const LONGEST_POLICY: usize = 2_048;

fn get_caller_identity(call: &Call<'_>) -> Answer {
    Ok(record! {
        "UserId" => user_id(call),
        "Account" => call.account.id.as_str(),
        "Arn" => call.caller.arn(),
    })
}

fn user_id(call: &Call<'_>) -> String {
    let (world, account) = (call.world, call.account);
    match &call.caller.principal {
        Principal::User(name) => {
            let user = identities::users(world, account).into_iter().find(|u| u.name == *name);
            user.map_or_else(String::new, |u| u.id)
        }
        Principal::Role { name, session } => {
            let role = identities::roles(world, account).into_iter().find(|r| r.name == *name);
            format!("{}:{session}", role.map_or_else(String::new, |r| r.id))
        }
    }
}

fn assume_role(call: &Call<'_>) -> Answer {
    let arn = call.required("RoleArn");
    let session = call.required("RoleSessionName");
    check_name("roleSessionName", session)?;
    if let Some(source) = call.text("SourceIdentity") {
        check_name("sourceIdentity", source)?;
    }
    let duration = duration(call, 3_600, 43_200)?;
    let policy = call.text("Policy");
    let packed = packed(call, policy)?;
    let mut actions = vec!["sts:AssumeRole"];
    if call.text("SourceIdentity").is_some() {
        actions.push("sts:SetSourceIdentity");
    }
    if call.input.get("Tags").is_some() {
        actions.push("sts:TagSession");
    }
    let with_mfa = mfa(call)?;
    let role = identity::may_assume(call.world, call.caller, arn, &actions, call.text("ExternalId"))
        .map_err(|_| {
            ApiError::new(
                403,
                "AccessDenied",
                format!(
                    "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
                    call.caller.arn()
                ),
            )
        })?;
    if duration > 3_600 && matches!(call.caller.principal, Principal::Role { .. }) {
        return Err(invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    if duration > role.max_session {
        return Err(invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
    let expires = call.now + duration;
    let issued = call.world.keyring.issue(SessionRequest {
        account: account.clone(),
        principal: Principal::Role { name: role.name.clone(), session: session.to_owned() },
        policy: policy.map(str::to_owned),
        with_mfa,
        expires,
    });
    Ok(record! {
        "Credentials" => credentials(issued, expires),
        "AssumedRoleUser" => record! {
            "AssumedRoleId" => format!("{}:{session}", role.id),
            "Arn" => format!("arn:aws:sts::{account}:assumed-role/{}/{session}", role.name),
        },
        "PackedPolicySize" => packed,
        "SourceIdentity" => call.text("SourceIdentity").map(str::to_owned),
    })
}

fn get_session_token(call: &Call<'_>) -> Answer {
    let Principal::User(name) = &call.caller.principal else {
        return Err(ApiError::new(
            403,
            "AccessDenied",
            "Cannot call GetSessionToken with session credentials",
        ));
    };
    if call.caller.expires.is_some() {
        return Err(ApiError::new(
            403,
            "AccessDenied",
            "Cannot call GetSessionToken with session credentials",
        ));
    }
    let expires = call.now + duration(call, 43_200, 129_600)?;
    let issued = call.world.keyring.issue(SessionRequest {
        account: call.account.id.clone(),
        principal: Principal::User(name.clone()),
        policy: None,
        with_mfa: mfa(call)?,
        expires,
    });
    Ok(record! { "Credentials" => credentials(issued, expires) })
}

fn credentials(issued: Issued, expires: i64) -> Json {
    record! {
        "AccessKeyId" => issued.access_key,
        "SecretAccessKey" => issued.secret,
        "SessionToken" => issued.token,
        "Expiration" => expires,
    }
}

/// Whether the session counts as made with MFA.
fn mfa(call: &Call<'_>) -> Result<bool, ApiError> {
    let (Some(serial), code) = (call.text("SerialNumber"), call.text("TokenCode")) else {
        return Ok(call.caller.with_mfa);
    };
    let Principal::User(name) = &call.caller.principal else { return Ok(call.caller.with_mfa) };
    let device = format!("arn:aws:iam::{}:mfa/{name}", call.account.id);
    if serial == device && code == Some(identities::MFA_CODE) {
        return Ok(true);
    }
    Err(ApiError::new(
        403,
        "AccessDenied",
        "MultiFactorAuthentication failed with invalid MFA one time pass code.",
    ))
}

fn duration(call: &Call<'_>, usual: i64, longest: i64) -> Result<i64, ApiError> {
    let asked = call.int("DurationSeconds").unwrap_or(usual);
    let bound = match asked {
        ..900 => "greater than or equal to 900".to_owned(),
        _ if asked > longest => format!("less than or equal to {longest}"),
        _ => return Ok(asked),
    };
    Err(invalid(format!(
        "1 validation error detected: Value '{asked}' at 'durationSeconds' failed to satisfy constraint: Member must have value {bound}"
    )))
}

fn check_name(member: &str, name: &str) -> Result<(), ApiError> {
    let fits = (2..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b));
    if fits {
        return Ok(());
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"
    )))
}

/// The share of the packed limit that session policy and session tags take, in percent.
fn packed(call: &Call<'_>, policy: Option<&str>) -> Result<Option<i64>, ApiError> {
    if policy.is_some_and(|text| text.chars().count() > LONGEST_POLICY) {
        return Err(invalid(
            "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048",
        ));
    }
    if policy.is_some_and(|text| Policy::parse(text).is_none()) {
        return Err(ApiError::bad("MalformedPolicyDocument", "Syntax errors in policy."));
    }
    let tags = call.input.get("Tags").and_then(Json::as_array).unwrap_or_default();
    if policy.is_none() && tags.is_empty() {
        return Ok(None);
    }
    let length = |tag: &Json, member: &str| tag.get(member).and_then(Json::as_str).map_or(0, str::len);
    let tagged: usize = tags.iter().map(|tag| length(tag, "Key") + length(tag, "Value")).sum();
    // AWS does not publish how it packs; characters without white space come near.
    let packed = policy.map_or(0, |text| text.bytes().filter(|b| !b.is_ascii_whitespace()).count()) + tagged;
    let percent = (packed * 100).div_ceil(LONGEST_POLICY) as i64;
    if percent > 100 {
        return Err(ApiError::bad(
            "PackedPolicyTooLarge",
            format!("Packed size of session tags consumes {percent}% of allotted space."),
        ));
    }
    Ok(Some(percent))
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::bad("ValidationError", message)
}

#[cfg(test)]
mod tests {
    use crate::demo::rehearsal::{Asker, text, world};

    const MEMBER: &str = "100000000006";

    fn encoded(text: &str) -> String {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    }

    async fn assume(more: &str) -> String {
        let body = format!(
            "Action=AssumeRole&Version=2011-06-15&RoleSessionName=test&RoleArn={}{more}",
            encoded(&format!("arn:aws:iam::{MEMBER}:role/ReadOnlyQueryRole"))
        );
        text(&Asker::operator("sts", "us-east-1").form(&world(""), &body).await)
    }

    fn policy(actions: &[&str]) -> String {
        let actions = serde_json::to_string(actions).unwrap();
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":{actions},"Resource":"*"}}]}}"#
        );
        format!("&Policy={}", encoded(&policy))
    }

    #[tokio::test]
    async fn a_session_policy_confines_the_session_and_says_how_much_it_takes() {
        let answer = assume(&policy(&["ec2:DescribeVpcs"])).await;
        assert!(answer.contains("<PackedPolicySize>5</PackedPolicySize>"), "{answer}");
        let world = world("");
        let member = Asker::operator("ec2", "us-east-1");
        let member = member.becoming(&world, MEMBER, &policy(&["ec2:DescribeVpcs"])).await;
        let allowed = member.form(&world, "Action=DescribeVpcs&Version=2016-11-15").await;
        assert_eq!(allowed.status(), 200);
        let denied = member.form(&world, "Action=DescribeInstances&Version=2016-11-15").await;
        assert!(text(&denied).contains("because no session policy allows the ec2:DescribeInstances action"));
    }

    #[tokio::test]
    async fn a_session_policy_has_a_longest_and_with_tags_a_packed_size() {
        let actions: Vec<String> = (0..80).map(|n| format!("ec2:DescribeSomething{n}")).collect();
        let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
        let (fits, too_long) = (policy(&actions[..60]), policy(&actions));
        assert!(assume(&fits).await.contains("<PackedPolicySize>80<"), "{}", assume(&fits).await);
        assert!(assume(&too_long).await.contains("less than or equal to 2048"));
        assert!(assume("&Policy=%7B").await.contains("MalformedPolicyDocument"));
        let tags: String = (1..=4)
            .map(|n| format!("&Tags.member.{n}.Key=key{n}&Tags.member.{n}.Value={}", "v".repeat(200)))
            .collect();
        let answer = assume(&format!("{fits}{tags}")).await;
        assert!(answer.contains("<Code>PackedPolicyTooLarge</Code>"), "{answer}");
    }
}
