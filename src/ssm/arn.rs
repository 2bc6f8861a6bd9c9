//! Names of instances as ARNs (S3.19).

/// What an ARN names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArnOf<'a> {
    /// The instance with this id, on EC2 or hybrid.
    Instance(&'a str),
    /// Something else.
    Other,
}

/// What `arn` names; `None` when it is no ARN: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
pub fn parse_arn(arn: &str) -> Option<ArnOf<'_>> {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let ["arn", _, service, _, _, resource] = parts[..] else { return None };
    let id = match service {
        "ec2" => resource.strip_prefix("instance/"),
        "ssm" => resource.strip_prefix("managed-instance/"),
        _ => None,
    };
    Some(id.map_or(ArnOf::Other, ArnOf::Instance))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S3.19, in any partition.
    #[test]
    fn instances_are_told_from_the_rest() {
        for (arn, is) in [
            ("arn:aws:ec2:eu-west-1:123456789012:instance/i-1", Some(ArnOf::Instance("i-1"))),
            ("arn:aws-cn:ssm:cn-north-1:123456789012:managed-instance/mi-1", Some(ArnOf::Instance("mi-1"))),
            ("arn:aws:ec2:eu-west-1:123456789012:volume/vol-1", Some(ArnOf::Other)),
            ("arn:aws:ssm:eu-west-1:123456789012:parameter/instance/i-1", Some(ArnOf::Other)),
            ("arn:aws:s3:::bucket", Some(ArnOf::Other)),
            ("arn:aws:ec2", None),
            ("i-1", None),
        ] {
            assert_eq!(parse_arn(arn), is, "{arn}");
        }
    }
}
