using Microsoft.Azure.Functions.Worker;

namespace IterationBranches.Functions;

/// <summary>The context of an invocation with another token; the worker's own cannot be replaced.</summary>
internal sealed class CancelledContext(FunctionContext context, CancellationToken cancellationToken) : FunctionContext
{
    public override string InvocationId => context.InvocationId;

    public override string FunctionId => context.FunctionId;

    public override TraceContext TraceContext => context.TraceContext;

    public override BindingContext BindingContext => context.BindingContext;

    public override RetryContext RetryContext => context.RetryContext;

    public override IServiceProvider InstanceServices
    {
        get => context.InstanceServices;
        set => context.InstanceServices = value;
    }

    public override FunctionDefinition FunctionDefinition => context.FunctionDefinition;

    public override IDictionary<object, object> Items
    {
        get => context.Items;
        set => context.Items = value;
    }

    public override IInvocationFeatures Features => context.Features;

    public override CancellationToken CancellationToken => cancellationToken;
}
