"""Prints the CloudFormation that SAM makes of a template, by the library that SAM itself uses; asks no account."""

import json
import sys

from cfnlint.decode.cfn_yaml import load
from samtranslator.translator.transform import transform


class NoManagedPolicies:
    """Names of managed policies are looked up in an account; the template uses none."""

    def load(self):
        return {}


# Plain dictionaries and lists, without the positions that the linter's reader adds.
template = json.loads(json.dumps(load(sys.argv[1])))
for resource in template["Resources"].values():
    properties = resource.get("Properties", {})
    # The code is uploaded before a template is expanded, and its place in the bucket takes the folder's.
    if resource["Type"] == "AWS::Serverless::Function" and not str(properties.get("CodeUri")).startswith("s3://"):
        properties["CodeUri"] = "s3://packaged/function.zip"
print(json.dumps(transform(template, {}, NoManagedPolicies()), indent=1))
