using IterationBranches.AzureBoards.Administration;
using IterationBranches.Configuration;

namespace IterationBranches.Tests.AzureBoards.Administration;

/// <summary>Which subscriptions are wanted, found and wrong.</summary>
public sealed class SubscriptionPlanTests
{
    private const string Url = "https://app.example/api/hooks/azure-devops/orders";

    private static readonly Guid s_project = Guid.Parse("3f6c1b0e-8d52-4c6a-9a57-2f1d4b7e9c10");
    private static readonly HookAddress s_address = new(new Uri("https://app.example"));
    private static readonly HookCredential s_credential = new("azure-devops", "hook-password-of-a-test", "key==");

    [Theory]
    [InlineData(false, "workitem.created", "workitem.updated", "workitem.restored")]
    [InlineData(true, "workitem.created", "workitem.updated", "workitem.restored", "git.push")]
    public void A_track_wants_the_events_of_work_items_and_pushes_when_it_has_branches(bool branches, params string[] events)
    {
        var wanted = SubscriptionPlan.Wanted(Orders(branches ? ["release/*"] : []), s_project, s_address).ToList();

        Assert.Equal(events, wanted.Select(one => one.EventType));
        Assert.All(wanted, one => Assert.Equal(("orders", s_project, Url), (one.Track, one.ProjectId, one.Url)));
    }

    /// <summary>What is different, and what is said about it.</summary>
    [Theory]
    [InlineData("nothing", null)]
    [InlineData("changedFields=System.IterationPath", null)]
    [InlineData("tfsSubscriptionId=94c7e1b0", null)]
    [InlineData("areaPath=", null)]
    [InlineData("areaPath=Meridian\\Payments", "its filter areaPath must be empty, or events are missed")]
    [InlineData("changedFields=System.State", "its filter changedFields must be empty, or events are missed")]
    [InlineData("url=" + Url + "?code=secret-in-the-url", "its URL must be " + Url + " and nothing else")]
    [InlineData("url=HTTPS://APP.example/api/hooks/azure-devops/Orders", null)]
    [InlineData("url=http://app.example/api/hooks/azure-devops/orders", "its URL must be " + Url + " and nothing else")]
    [InlineData("resourceDetailsToSend=", "its resourceDetailsToSend is not set, and must be 'all'")]
    [InlineData("messagesToSend=html", "its messagesToSend is 'html', and must be 'none'")]
    [InlineData("detailedMessagesToSend=all", "its detailedMessagesToSend is 'all', and must be 'none'")]
    [InlineData("basicAuthUsername=", "its basicAuthUsername is not set, and must be 'azure-devops'")]
    [InlineData("httpHeaders=x-functions-key:another", "its header x-functions-key is missing, or holds another key")]
    [InlineData("httpHeaders=X-Functions-Key: key==\nX-Other:1", null)]
    [InlineData("resourceVersion=latest", "its resourceVersion is 'latest', and must be '1.0'")]
    [InlineData("status=onProbation", null)]
    [InlineData("status=disabledByUser", "it is disabled by a person; enable it again under Project settings, Service hooks")]
    public void What_is_wrong_with_an_existing_one_is_said(string difference, string? problem)
    {
        var plan = Plan([Found(difference)]);

        var planned = plan.Subscriptions[0];
        Assert.Empty(plan.Strays);
        Assert.NotNull(planned.Existing);
        Assert.Equal(problem is null ? [] : [problem], planned.Problems);
    }

    /// <summary>These are not the wanted one; those that lead to the app are strays.</summary>
    [Theory]
    [InlineData("url=https://app.example/api/hooks/azure-devops/stock", "no track in the settings asks for it")]
    [InlineData("url=https://app.example/api/hooks/azure-devops", "no track in the settings asks for it")]
    [InlineData("projectId=", "no track in the settings asks for it")]
    [InlineData("projectId=c12d0eb8-e382-443b-9f9c-c52cba5014c2", "no track in the settings asks for it")]
    [InlineData("eventType=workitem.deleted", "no track in the settings asks for it")]
    [InlineData("url=https://app.example/api/hooks/azure-devops-of-others/orders", null)]
    [InlineData("url=https://app.example:8443/api/hooks/azure-devops/orders", null)]
    [InlineData("url=https://somebody.example/api/hooks/azure-devops/orders", null)]
    [InlineData("url=not an address", null)]
    public void What_is_for_something_else_is_not_taken_for_ours(string difference, string? stray)
    {
        var plan = Plan([Found(difference)]);

        Assert.Null(plan.Subscriptions[0].Existing);
        Assert.Equal(stray is null ? [] : [stray], plan.Strays.Select(found => found.Why));
    }

    [Fact]
    public void Of_two_the_right_one_is_kept_and_the_other_is_a_stray()
    {
        var (wrong, right) = (Found("resourceVersion=latest"), Found("nothing"));

        var plan = Plan([wrong, right]);

        Assert.Equal(right, plan.Subscriptions[0].Existing);
        Assert.Equal((wrong, "there is another one for the same: each event is told twice"), (plan.Strays[0].Existing, plan.Strays[0].Why));
    }

    [Fact]
    public void Tracks_that_were_not_asked_for_are_not_looked_at()
    {
        var wanted = SubscriptionPlan.Wanted(Orders([]), s_project, s_address).ToList();

        var plan = SubscriptionPlan.For(
            wanted, [Found("url=https://app.example/api/hooks/azure-devops/stock")], s_address, s_credential, new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "orders" });

        Assert.Empty(plan.Strays);
    }

    [Theory]
    [InlineData("https://app.example", null)]
    [InlineData("https://app.example/", null)]
    [InlineData("https://app.example/api/hooks/azure-devops/", null)]
    [InlineData("http://127.0.0.1:7071", null)]
    [InlineData("http://app.example", "must begin with https://")]
    [InlineData("https://app.example?code=x", "must be the app's address alone")]
    [InlineData("https://app.example/#x", "must be the app's address alone")]
    [InlineData("https://admin:x@app.example", "must be the app's address alone")]
    [InlineData("https://app.example/api", "must end with the host")]
    [InlineData("https://app.example/api/hooks/azure-devops/orders", "must end with the host")]
    [InlineData("https://gateway.example/functions/api/hooks/azure-devops", "must end with the host")]
    [InlineData("ftp://app.example", "must be the app's address")]
    [InlineData("app.example", "must be the app's address")]
    public void The_apps_address_is_checked(string address, string? why)
    {
        Assert.Equal(why is null, HookAddress.WhyNot(address) is null);
        Assert.StartsWith(why ?? "", HookAddress.WhyNot(address) ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://app.example/", Url)]
    [InlineData("https://app.example/api/hooks/azure-devops/", Url)]
    public void The_path_of_the_function_is_added_once(string address, string url) => Assert.Equal(url, new HookAddress(new Uri(address)).Of("orders"));

    private static SubscriptionPlan Plan(IReadOnlyList<Subscription> existing) =>
        SubscriptionPlan.For([.. SubscriptionPlan.Wanted(Orders([]), s_project, s_address).Take(1)], existing, s_address, s_credential);

    /// <summary>A right one of the first event, but for one difference.</summary>
    private static Subscription Found(string difference)
    {
        var publisher = new Dictionary<string, string?> { ["projectId"] = s_project.ToString() };
        var consumer = new Dictionary<string, string?>
        {
            ["url"] = Url,
            ["basicAuthUsername"] = "azure-devops",
            ["basicAuthPassword"] = "********",
            ["httpHeaders"] = "x-functions-key:key==",
            ["resourceDetailsToSend"] = "all",
            ["messagesToSend"] = "none",
            ["detailedMessagesToSend"] = "none",
        };
        var found = new Dictionary<string, string> { ["eventType"] = "workitem.created", ["resourceVersion"] = "1.0", ["status"] = "enabled" };
        if (difference.Split('=', 2) is [var name, var value])
        {
            if (found.ContainsKey(name))
            {
                found[name] = value;
            }
            else if (consumer.ContainsKey(name))
            {
                consumer[name] = value;
            }
            else
            {
                publisher[name] = value;
            }
        }

        return new()
        {
            Id = Guid.NewGuid(),
            EventType = found["eventType"],
            ResourceVersion = found["resourceVersion"],
            Status = found["status"],
            PublisherInputs = publisher,
            ConsumerInputs = consumer,
        };
    }

    private static Track Orders(IReadOnlyList<string> gitBranches) =>
        new() { Name = "orders", Project = "Meridian", Database = "shop", Alias = "ConnectionStrings--orders", Retire = Retirement.Keep, GitBranches = gitBranches };
}
