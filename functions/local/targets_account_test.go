package main

// targetAccount has a function that calls a resource of every kind that carries a policy of its own.
const targetAccount = `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: targets
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
      Policies:
        - PolicyName: targets
          PolicyDocument:
            Statement:
              - {Effect: Allow, Action: ["sns:Publish", "events:PutEvents", "dynamodb:*", "kinesis:*", "s3:*"], Resource: "*"}
              - {Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${HeldPoint.Arn}/object/*"}
              - {Effect: Allow, Action: "ecr:DescribeImages", Resource: !GetAtt HeldImages.Arn}
              - {Effect: Allow, Action: "es:ESHttpGet", Resource: !Sub "${HeldBooks.Arn}/*"}
              - {Effect: Allow, Action: "ses:SendEmail", Resource: !Sub "arn:aws:ses:${AWS::Region}:${AWS::AccountId}:identity/targets.example"}
              - {Effect: Allow, Action: "kafka:DescribeClusterV2", Resource: !Ref HeldCluster}
              - {Effect: Allow, Action: "s3files:Client*", Resource: !Ref HeldVault}
              - {Effect: Allow, Action: "secretsmanager:GetSecretValue", Resource: !Ref HeldToken}
              - {Effect: Allow, Action: "ssm:GetParameter", Resource: !Sub "arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/targets/stage"}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: targets
      Role: !GetAtt Role.Arn
      Environment: {Variables: {TOKEN: !Ref HeldToken, IMAGES: !GetAtt HeldImages.Arn, BOOKS: !GetAtt HeldBooks.Arn, CLUSTER: !Ref HeldCluster, SENDER: !Sub "arn:aws:ses:${AWS::Region}:${AWS::AccountId}:identity/targets.example", POINT: !GetAtt HeldPoint.Arn, STAGE: !Sub "arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/targets/stage"}}
      FileSystemConfigs: [{Arn: !GetAtt HeldMount.Arn, LocalMountPath: /mnt/data}, {Arn: !Sub "${HeldVault}/access-point/fsap-0a1b2c3d4e5f60718", LocalMountPath: /mnt/vault}]
  HeldFiles: {Type: AWS::EFS::FileSystem}
  HeldMount: {Type: AWS::EFS::AccessPoint, Properties: {FileSystemId: !Ref HeldFiles}}
  HeldVault: {Type: AWS::S3Files::FileSystem, Properties: {Bucket: !GetAtt HeldBucket.Arn}}
  HeldBooks: {Type: AWS::OpenSearchService::Domain, Properties: {DomainName: targets-books}}
  HeldCluster: {Type: AWS::MSK::Cluster, Properties: {ClusterName: targets-clicks}}
  HeldSender: {Type: AWS::SES::EmailIdentity, Properties: {EmailIdentity: targets.example}} # with a policy, which no template can say
  HeldImages: {Type: AWS::ECR::Repository, Properties: {RepositoryName: targets/images}}
  HeldToken: {Type: AWS::SecretsManager::Secret, Properties: {Name: targets/token}}
  HeldStage: {Type: AWS::SSM::Parameter, Properties: {Name: /targets/stage, Type: String, Value: prod}}
  HeldTopic: {Type: AWS::SNS::Topic, Properties: {TopicName: targets-done}}
  HeldTopicPolicy: # of which the account's organization decides
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref HeldTopic]
      PolicyDocument: {Statement: [{Effect: Deny, Principal: "*", Action: "sns:Publish", Resource: !Ref HeldTopic, Condition: {StringNotEquals: {"aws:PrincipalOrgID": o-a1b2c3d4e5}}}]}
  HeldBus: {Type: AWS::Events::EventBus, Properties: {Name: targets-failed}}
  HeldTable: {Type: AWS::DynamoDB::Table, Properties: {TableName: targets, StreamSpecification: {StreamViewType: NEW_IMAGE}}}
  HeldStream: {Type: AWS::Kinesis::Stream, Properties: {Name: targets}}
  HeldConsumer: {Type: AWS::Kinesis::StreamConsumer, Properties: {StreamARN: !GetAtt HeldStream.Arn, ConsumerName: fan}}
  HeldBucket: {Type: AWS::S3::Bucket, Properties: {BucketName: targets-lost}}
  HeldBucketPolicy: # whose objects belong to whom decides on what is read at the access point
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref HeldBucket
      PolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: "210987654321"}, Action: "s3:PutObject", Resource: !Sub "${HeldBucket.Arn}/*"}]}
  HeldPoint: {Type: AWS::S3::AccessPoint, Properties: {Name: targets-read, Bucket: !Ref HeldBucket}}
  Async:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref Function
      Qualifier: $LATEST
      DestinationConfig: {OnSuccess: {Destination: !Ref HeldTopic}, OnFailure: {Destination: !GetAtt HeldBus.Arn}}
  Changes: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Function, EventSourceArn: !GetAtt HeldTable.StreamArn, StartingPosition: LATEST}}
  Records:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Function, EventSourceArn: !GetAtt HeldStream.Arn, StartingPosition: LATEST, DestinationConfig: {OnFailure: {Destination: !GetAtt HeldBucket.Arn}}}
  Pushed: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Function, EventSourceArn: !GetAtt HeldConsumer.ConsumerARN, StartingPosition: LATEST}}
`
